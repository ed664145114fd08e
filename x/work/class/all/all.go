// Package all is the registration of the work classes: the chain has the classes that stand here and no others.
package all

import (
	"github.com/joulechain/joule/x/work/class"
	"github.com/joulechain/joule/x/work/class/disk"
	"github.com/joulechain/joule/x/work/class/gpu"
	"github.com/joulechain/joule/x/work/class/radio"
)

// Classes are the chain's classes. Each has its name here, so that messages and queries which only one class has can be
// handed to that class.
type Classes struct {
	GPU   *gpu.Class
	Disk  *disk.Class
	Radio *radio.Class
}

// New builds the classes.
func New(env class.Env) Classes {
	return Classes{GPU: gpu.New(env), Disk: disk.New(env), Radio: radio.New(env)}
}

// List has the classes in the order of their numbers, in which blocks open windows.
func (c Classes) List() []class.Class { return []class.Class{c.GPU, c.Disk, c.Radio} }
