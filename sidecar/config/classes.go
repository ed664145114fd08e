package config

// The classes of devices, as the file names them.
const (
	ClassGPU   = "gpu"
	ClassDisk  = "disk"
	ClassRadio = "radio"
)

// class is what the configuration knows of a kind of work. Its settings stand in Fields and DeviceFields.
type class struct {
	name string
	// check looks at one device's block beside those before it.
	check func(Config, Device, *taken) error
	// own tells, for people, what of a block only this class has.
	own func(Config, Device) string
}

// classes in the order in which they are shown; an entry here registers a class's settings.
func classes() []class {
	return []class{
		{ClassGPU, Config.checkGPU, Config.ownOfGPU},
		{ClassDisk, Config.checkDisk, Config.ownOfDisk},
		{ClassRadio, Config.checkRadio, Config.ownOfRadio},
	}
}

// Classes are the classes' names.
func Classes() []string {
	var names []string
	for _, c := range classes() {
		names = append(names, c.name)
	}
	return names
}

// classOf is a device's class; the name was checked against Classes.
func classOf(d Device) class {
	for _, c := range classes() {
		if c.name == d.Class {
			return c
		}
	}
	return classes()[0]
}
