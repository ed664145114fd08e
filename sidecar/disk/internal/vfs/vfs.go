// Package vfs is the seam between plots and the file system: what creation and scans need of it, so that tests can fill
// a disk, break it and cut the power.
package vfs

import (
	"io"
	"io/fs"
)

// File is an open file. ReadAt and WriteAt are safe for concurrent use.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync returns when the content is on the disk.
	Sync() error
	// Allocate gives the file its size and, where the file system can, the room for it; it says whether the room is
	// certain.
	Allocate(size int64) (certain bool, err error)
	// Size is the file's length in bytes.
	Size() (int64, error)
}

// FS is a file system. Paths are the operating system's.
type FS interface {
	// Open opens a regular file for reading.
	Open(path string) (File, error)
	// Create makes a file that must not exist and opens it for reading and writing.
	Create(path string) (File, error)
	// Append opens an existing regular file for reading and writing.
	Append(path string) (File, error)
	// Rename gives a file a name that is free. It is durable after SyncDir.
	Rename(from, to string) error
	// Replace gives a file a name that may be taken; readers see the old content or the new.
	Replace(from, to string) error
	// Remove deletes a file.
	Remove(path string) error
	// ReadDir lists a folder.
	ReadDir(folder string) ([]fs.DirEntry, error)
	// SyncDir makes creations, renames and removals in a folder durable.
	SyncDir(folder string) error
	// Free is what may still be written below a folder, in bytes.
	Free(folder string) (uint64, error)
	// Lock takes a lock that ends with the process or with Close. The error is ErrLocked where another process has it.
	Lock(path string) (io.Closer, error)
	// Identify names the file system that a folder lies on, the same for all folders of a disk, and the folder itself,
	// whatever path leads to it.
	Identify(folder string) (disk, self string, err error)
	// Mount is the topmost folder of the file system that a folder lies on; empty where the system does not tell.
	Mount(folder string) (string, error)
}
