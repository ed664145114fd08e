package diskworker

import (
	"context"
	"os"

	"github.com/joulechain/joule/sidecar/durable"
)

// Health asks the system about folders and the disks below them.
func Health(_ context.Context, folders ...string) []FolderHealth {
	out := make([]FolderHealth, len(folders))
	for i, folder := range folders {
		h := FolderHealth{Folder: folder}
		if _, err := os.ReadDir(folder); err != nil {
			h.Note = err.Error()
		} else {
			h.Present = true
			h.FreeBytes, _ = durable.Free(folder)
			h.TotalBytes, _ = durable.Total(folder)
		}
		out[i] = h
	}
	return out
}
