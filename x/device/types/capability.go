package types

// MaxModelLength is the longest GPU model name in bytes.
const MaxModelLength = 64

// Kind numbers of Capability's members in the signed bytes: the member's field number in the proto; 0 when none is set.
const (
	capabilityNone uint8 = 0
	capabilityGPU  uint8 = 1
)

// ValidateFor checks that the capability is the one of the class and within its limits. A class without a member in Capability
// cannot be registered; errors are ErrInvalidCapability.
func (c Capability) ValidateFor(class WorkClass) error {
	switch class {
	case WORK_CLASS_GPU:
		kind, ok := c.Kind.(*Capability_Gpu)
		if !ok || kind.Gpu == nil {
			return ErrInvalidCapability.Wrap("class gpu needs capability.gpu")
		}
		return kind.Gpu.validate()
	default:
		return ErrInvalidCapability.Wrapf("class %s has no capability that this version knows", class)
	}
}

func (g GpuCapability) validate() error {
	if len(g.Model) > MaxModelLength {
		return ErrInvalidCapability.Wrapf("capability.gpu.model has %d bytes, at most %d", len(g.Model), MaxModelLength)
	}
	for i := 0; i < len(g.Model); i++ {
		if g.Model[i] < 0x20 || g.Model[i] > 0x7e {
			return ErrInvalidCapability.Wrapf("capability.gpu.model has byte 0x%02x at %d: only printable ASCII", g.Model[i], i)
		}
	}
	return nil
}

// signBytes gives the member's number and its canonical body (README, "The signed bytes").
func (c Capability) signBytes() (kind uint8, body []byte) {
	switch k := c.Kind.(type) {
	case *Capability_Gpu:
		if k.Gpu == nil {
			return capabilityGPU, nil
		}
		body = appendBytes(nil, []byte(k.Gpu.Model))
		return capabilityGPU, appendUint32(body, k.Gpu.MemoryMib)
	default:
		return capabilityNone, nil
	}
}
