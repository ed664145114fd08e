package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// class is what the commands do with devices of one kind of work.
type class struct {
	name string
	// steps are the commands that a new device needs before it can earn.
	steps []string
	// counted is what its progress counts.
	counted string
	// capability is what `register` declares: what the flags say, or else the hardware.
	capability func(*cobra.Command, config.Config, config.Device) (devicetypes.Capability, error)
	// doctor looks at a device beyond its registration.
	doctor func(*examination, context.Context, patient)
}

// patient is a device before the doctor. allowance is what its bond covers, if it is registered.
type patient struct {
	connected
	device     config.Device
	signer     keys.Signer
	registered bool
	allowance  uint64
	bar        *bar
}

// classes are those of config.Classes; an entry here registers a class's part in the commands.
func classes() []class {
	return []class{
		{config.ClassGPU, []string{"register"}, "rounds", gpuCapability, (*examination).gpuDevice},
		{config.ClassDisk, []string{"register", "plot create", "plot claim"}, "plots", diskCapability, (*examination).diskDevice},
		{config.ClassRadio, []string{"register", "radio assert"}, "receipts", radioCapability, (*examination).radioDevice},
	}
}

// classOf is the class with a name; the zero value for an unknown one, which the configuration refuses.
func classOf(name string) class {
	for _, c := range classes() {
		if c.name == name {
			return c
		}
	}
	return class{}
}
