// Package durable writes small files so that a crash leaves either the old or the new content, and tells how much room
// a disk has.
package durable
