// Package drive tells what the operating system knows of the disk below a folder: model, temperature, wear and the
// disk's own verdict. Everything may be unknown, which is no error.
package drive

// Drive is what is known of a disk. Nil means not known.
type Drive struct {
	// Name is the kernel's name, Model the maker's; empty where there is no disk (network, memory) or it is not told.
	Name, Model string
	SizeBytes   uint64
	// Rotating says that a head has to move.
	Rotating bool
	// Temperature in °C.
	Temperature *int
	// Failing is the disk's own verdict on itself.
	Failing *bool
	// UsedPercent is how much of its life in writes an SSD has used; it may pass 100.
	UsedPercent *int
	// PowerOnHours, ReallocatedSectors and MediaErrors are counters since the disk was made. Sectors that wait to be
	// reallocated count as media errors.
	PowerOnHours, ReallocatedSectors, MediaErrors *uint64
	// Unknown says why the disk's own report is missing; empty where it is there.
	Unknown string
}

func known[T any](v T) *T { return &v }
