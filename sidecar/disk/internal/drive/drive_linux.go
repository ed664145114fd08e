package drive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Look tells about the disk below a path. What is not known stays empty.
func Look(path string) Drive {
	folder := blockFolder("/sys", path)
	if folder == "" {
		return Drive{Unknown: "no local disk"}
	}
	d := look(folder)
	if err := d.ask(filepath.Join("/dev", d.Name)); err != nil {
		d.Unknown = err.Error()
		if errors.Is(err, fs.ErrPermission) {
			d.Unknown = "reading the disk's report needs root"
		}
	}
	return d
}

// Rotating says whether a path lies on a disk whose head has to move; false where it is not known.
func Rotating(path string) bool {
	folder := blockFolder("/sys", path)
	return folder != "" && text(folder, "queue", "rotational") == "1"
}

// blockFolder is the folder of a whole disk below sys; empty where there is none.
func blockFolder(sys, path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	dev := uint64(st.Dev) //nolint:unconvert // types differ between processors
	folder, err := filepath.EvalSymlinks(filepath.Join(sys, "dev", "block", fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))))
	if err != nil {
		return ""
	}
	return wholeDisk(folder)
}

// wholeDisk goes from a partition to its disk, and from a mapped device (encryption, volumes) to what lies below where
// that is one disk.
func wholeDisk(folder string) string {
	for range 8 {
		if _, err := os.Stat(filepath.Join(folder, "partition")); err == nil {
			folder = filepath.Dir(folder)
		}
		below, err := os.ReadDir(filepath.Join(folder, "slaves"))
		if err != nil || len(below) != 1 {
			return folder
		}
		next, err := filepath.EvalSymlinks(filepath.Join(folder, "slaves", below[0].Name()))
		if err != nil {
			return folder
		}
		folder = next
	}
	return folder
}

// look reads what the kernel tells everybody.
func look(folder string) Drive {
	d := Drive{Name: filepath.Base(folder), Rotating: text(folder, "queue", "rotational") == "1"}
	d.Model = strings.Join(strings.Fields(text(folder, "device", "vendor")+" "+text(folder, "device", "model")), " ")
	if strings.HasPrefix(d.Model, "0x") { // a PCI number: virtio disks
		d.Model = ""
	}
	if sectors, err := strconv.ParseUint(text(folder, "size"), 10, 64); err == nil {
		d.SizeBytes = sectors * 512
	}
	for _, pattern := range []string{"device/hwmon/hwmon*/temp1_input", "device/hwmon*/temp1_input", "device/device/hwmon/hwmon*/temp1_input"} {
		names, _ := filepath.Glob(filepath.Join(folder, pattern))
		for _, name := range names {
			if milli, err := strconv.Atoi(text(name)); err == nil {
				d.Temperature = known(milli / 1000)
			}
		}
	}
	return d
}

// text is the content of a small file, or nothing.
func text(parts ...string) string {
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// ask reads the disk's own report.
func (d *Drive) ask(device string) error {
	nvme, ata := strings.HasPrefix(d.Name, "nvme"), strings.HasPrefix(d.Name, "sd")
	if !nvme && !ata {
		return errors.New("this kind of disk makes no report")
	}
	f, err := os.OpenFile(device, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var report [reportBytes]byte
	if nvme {
		if err := nvmeLog(f, &report); err != nil {
			return fmt.Errorf("the disk's report: %w", err)
		}
		d.nvmeReport(&report)
		return nil
	}
	if _, err := ataCommand(f, ataReadData, report[:]); err != nil {
		return fmt.Errorf("the disk's report: %w", err)
	}
	if !d.ataReport(&report) {
		return errors.New("the disk's report has a wrong checksum")
	}
	if sense, err := ataCommand(f, ataReturnStatus, nil); err == nil {
		d.ataVerdict(sense)
	}
	return nil
}

// nvmeAdminCommand is struct nvme_admin_cmd of linux/nvme_ioctl.h.
type nvmeAdminCommand struct {
	opcode, flags           uint8
	_                       uint16
	namespace               uint32
	_, _                    uint32
	metadata, data          uint64
	metadataLength, dataLen uint32
	words                   [6]uint32
	timeoutMs, result       uint32
}

// nvmeLog reads log page 2 for the whole disk.
func nvmeLog(f *os.File, report *[reportBytes]byte) error {
	const ioctlAdmin, getLogPage = 0xc0484e41, 2
	c := nvmeAdminCommand{opcode: getLogPage, namespace: 0xffffffff, dataLen: reportBytes, timeoutMs: 3000}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(report)
	c.data = uint64(uintptr(unsafe.Pointer(report)))
	c.words[0] = 2 | (reportBytes/4-1)<<16
	status, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), ioctlAdmin, uintptr(unsafe.Pointer(&c)))
	if errno != 0 {
		return errno
	}
	if status != 0 {
		return fmt.Errorf("status %#x", status)
	}
	return nil
}

// The features of the SMART command.
const (
	ataReadData     = 0xd0
	ataReturnStatus = 0xda
)

// sgHeader is struct sg_io_hdr of scsi/sg.h.
type sgHeader struct {
	interfaceID              int32
	direction                int32
	commandLen, senseLen     uint8
	vectors                  uint16
	dataLen                  uint32
	data, command, sense     uintptr
	timeoutMs, flags         uint32
	packID                   int32
	user                     uintptr
	status, masked, message  uint8
	senseWritten             uint8
	hostStatus, driverStatus uint16
	residual                 int32
	duration, info           uint32
}

// ataCommand sends SMART with a feature through ATA PASS-THROUGH (16) and returns the sense data, in which the
// registers are.
func ataCommand(f *os.File, feature byte, data []byte) ([]byte, error) {
	const ioctlSG, fromDevice, noData = 0x2285, -3, -1
	// Protocol 4 reads one block, 3 transfers nothing; 0x20 asks for the registers.
	command := &[16]byte{0: 0x85, 1: 3 << 1, 2: 0x20, 4: feature, 10: 0x4f, 12: 0xc2, 14: 0xb0}
	sense := make([]byte, 64)
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(command)
	pin.Pin(&sense[0])
	h := sgHeader{interfaceID: 'S', direction: noData, commandLen: 16, senseLen: uint8(len(sense)), timeoutMs: 3000}
	if data != nil {
		pin.Pin(&data[0])
		command[1], command[2], command[6] = 4<<1, 0x0e, 1
		h.direction, h.dataLen, h.data = fromDevice, uint32(len(data)), uintptr(unsafe.Pointer(&data[0]))
	}
	h.command, h.sense = uintptr(unsafe.Pointer(command)), uintptr(unsafe.Pointer(&sense[0]))
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), ioctlSG, uintptr(unsafe.Pointer(&h)))
	switch {
	case errno != 0:
		return nil, errno
	case h.hostStatus != 0 || h.driverStatus&^8 != 0 || data != nil && h.status != 0:
		return nil, fmt.Errorf("status %#x, host %#x, driver %#x", h.status, h.hostStatus, h.driverStatus)
	}
	return sense[:h.senseWritten], nil
}
