package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// blockFolder is the folder of a whole disk in /sys for a path on it, and the partition's name; empty where there is none (network, memory).
func blockFolder(path string) (folder, partition string) {
	info, err := os.Stat(path)
	if err != nil {
		return "", ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", ""
	}
	folder, err = filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev)))
	if err != nil {
		return "", ""
	}
	partition = filepath.Base(folder)
	if _, err := os.Stat(filepath.Join(folder, "partition")); err == nil {
		folder = filepath.Dir(folder)
	}
	return folder, partition
}

// rotating says whether a path lies on a disk whose head has to move.
func rotating(path string) bool {
	folder, _ := blockFolder(path)
	if folder == "" {
		return false
	}
	data, err := os.ReadFile(filepath.Join(folder, "queue", "rotational"))
	return err == nil && strings.TrimSpace(string(data)) == "1"
}
