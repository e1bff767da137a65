// Package repotest has the tests of the repository as a whole: that the documentation describes the packages as they
// are and its links lead somewhere, that the linter's rules name every command, and that what is exported is used.
package repotest
