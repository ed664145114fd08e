// Package compact writes and reads the values of the modules' stores in few bytes: fields in a fixed order without
// tags, numbers as varints, byte strings behind their length. A value has one encoding: a reader refuses every other
// one, so that what is read and written again is the same bytes. No input makes a reader panic or take more memory than
// a small multiple of the input's length.
package compact
