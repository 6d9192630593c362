package ssp

import "fmt"

// modelSize is how many characters of a firmware's name are the model.
const modelSize = 6

// maxFirmwareName bounds the name of a firmware, in bytes.
const maxFirmwareName = 32

// Identity is what a device says of its firmware.
type Identity struct {
	Model   string // NV0200, NVS009; "" in the loader
	Version string // the rest of the name: 4141498000
	Loader  bool   // a flash was cut: it takes firmware and does nothing else
}

// ParseIdentity reads the reply to CmdFirmware (what stands after the OK): the
// model in six characters and then the version, as in NV02004141498000.
func ParseIdentity(name []byte) (Identity, error) {
	if len(name) <= modelSize || len(name) > maxFirmwareName {
		return Identity{}, fmt.Errorf("cannot read the name of a firmware: %d bytes", len(name))
	}
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return Identity{}, fmt.Errorf("cannot read the name of a firmware: %q", name)
		}
	}
	return Identity{Model: string(name[:modelSize]), Version: string(name[modelSize:])}, nil
}
