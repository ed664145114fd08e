package types

const (
	// MaxModelLength is the longest GPU model name in bytes.
	MaxModelLength = 64
	// MaxMediumLength is the longest name of a disk's medium in bytes.
	MaxMediumLength = 64
	// MaxRadioTextLength is the longest name of a radio's gateway and antenna in bytes.
	MaxRadioTextLength = 64
)

// Kind numbers of Capability's members in the signed bytes: the member's field number in the proto; 0 when none is set.
const (
	capabilityNone  uint8 = 0
	capabilityGPU   uint8 = 1
	capabilityDisk  uint8 = 2
	capabilityRadio uint8 = 3
)

// ValidateFor checks that the capability is the one of the class and within its limits. A class without a member in
// Capability cannot be registered; errors are ErrInvalidCapability.
func (c Capability) ValidateFor(class WorkClass) error {
	switch class {
	case WORK_CLASS_GPU:
		kind, ok := c.Kind.(*Capability_Gpu)
		if !ok || kind.Gpu == nil {
			return ErrInvalidCapability.Wrap("class gpu needs capability.gpu")
		}
		return validateText("capability.gpu.model", kind.Gpu.Model, MaxModelLength)
	case WORK_CLASS_DISK:
		kind, ok := c.Kind.(*Capability_Disk)
		if !ok || kind.Disk == nil {
			return ErrInvalidCapability.Wrap("class disk needs capability.disk")
		}
		return validateText("capability.disk.medium", kind.Disk.Medium, MaxMediumLength)
	case WORK_CLASS_RADIO:
		kind, ok := c.Kind.(*Capability_Radio)
		if !ok || kind.Radio == nil {
			return ErrInvalidCapability.Wrap("class radio needs capability.radio")
		}
		if err := validateText("capability.radio.gateway", kind.Radio.Gateway, MaxRadioTextLength); err != nil {
			return err
		}
		return validateText("capability.radio.antenna", kind.Radio.Antenna, MaxRadioTextLength)
	default:
		return ErrInvalidCapability.Wrapf("class %s has no capability that this version knows", class)
	}
}

func validateText(field, text string, most int) error {
	if len(text) > most {
		return ErrInvalidCapability.Wrapf("%s has %d bytes, at most %d", field, len(text), most)
	}
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] > 0x7e {
			return ErrInvalidCapability.Wrapf("%s has byte 0x%02x at %d: only printable ASCII", field, text[i], i)
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
	case *Capability_Disk:
		if k.Disk == nil {
			return capabilityDisk, nil
		}
		body = appendBytes(nil, []byte(k.Disk.Medium))
		return capabilityDisk, appendUint32(body, k.Disk.CapacityGib)
	case *Capability_Radio:
		if k.Radio == nil {
			return capabilityRadio, nil
		}
		body = appendBytes(nil, []byte(k.Radio.Gateway))
		return capabilityRadio, appendBytes(body, []byte(k.Radio.Antenna))
	default:
		return capabilityNone, nil
	}
}
