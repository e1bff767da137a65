// Package changes says what an edit did to the annotations of slides: which are kept,
// moved, reshaped, deleted, added, split, merged or of another class. [Compare] finds it
// out, and [Changes.Apply] does the same to the set again.
//
// # How objects are found again
//
// An edited annotation that has the member [slide.OriginMember] is the annotation with this
// id; of several with one, that with the most common pixels. Of the others, equal pixels
// are one annotation. What is left is linked:
//
//   - an annotation and an object that both are not found: if they share at least half of
//     the pixels of the smaller one
//   - an annotation that is not found, and an object that is another one's: if the object
//     gained at least half of the annotation's pixels
//   - an object that is not found, and an annotation that is: if the annotation lost at
//     least half of the object's pixels
//
// One annotation and several objects that are linked are a split, several and one are
// merged. Several and several are redrawn.
package changes
