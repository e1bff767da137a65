// Package lineage traces how files were made, by what they say of it.
//
// Every file that hubdata writes names its inputs with their checksums: see [files.Provenance]. [Read] reads that as a
// [Record]. A [Disk] finds the files that records name, by checksum and not by place, so that a folder may have been moved
// or a file renamed. [Trace] puts both together: a [Graph] of files, each with what it was made from, and what is wrong
// with it.
package lineage
