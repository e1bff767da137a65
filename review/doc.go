// Package review keeps what people decide about the annotations of a dataset, such as pseudo-labels: which of them are
// good enough to train on.
//
// Decisions are lines of a log that only grows ([Log.Append]). Its first line names the dataset by what its annotations
// are ([DatasetOf]), each other line is a decision with its time and the reviewer's name. A crash loses at most the
// line that was being written: [Read] keeps the sound part of a log that is cut off anywhere. What the lines say
// together is a [State]: of each annotation the last decision of each reviewer, and the [Verdict].
package review
