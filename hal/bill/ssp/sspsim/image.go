package sspsim

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"wattkiosk/hal/bill/ssp"
)

// Image is a firmware file for simulated validators. Zero fields take the defaults
// named below.
type Image struct {
	Name   string // 16 characters, what the device says of itself once it runs; NV02004280000000
	Kind   byte   // of device; that of Name
	RAM    int    // bytes of the RAM block; 300
	Data   int    // bytes of the data; 5000
	Block  int    // as the header says; 0 = not said
	Baud   int    // as the header says; 0 = not said
	Padded bool   // filled up to whole blocks of Block bytes
	Seed   uint64
}

// Kinds of device in a header. That of the NV200 is this package's.
const (
	kindNV9   = 0x09
	kindNV10  = 0x0A
	kindNV200 = 0x20
)

// nameSize is the length of a firmware's name.
const nameSize = 16

// kindOf is the kind of device that a firmware's name is for.
func kindOf(name string) byte {
	switch name[:6] {
	case "NV0009", "NVS009":
		return kindNV9
	case "NV0010":
		return kindNV10
	}
	return kindNV200
}

// Bytes makes the file. Its data begins with the name: that is where simulated
// validators look for it.
func (i Image) Bytes() []byte {
	if i.Name == "" {
		i.Name = "NV02004280000000"
	}
	if i.Kind == 0 {
		i.Kind = kindOf(i.Name)
	}
	if i.RAM == 0 {
		i.RAM = 300
	}
	if i.Data == 0 {
		i.Data = 5000
	}
	rnd := rand.New(rand.NewPCG(i.Seed, 7))
	file := make([]byte, ssp.HeaderSize+i.RAM+i.Data)
	for at := range file {
		file[at] = byte(rnd.Uint32())
	}
	header, ram, data := file[:ssp.HeaderSize], file[ssp.HeaderSize:ssp.HeaderSize+i.RAM], file[ssp.HeaderSize+i.RAM:]
	copy(data, i.Name)
	copy(header, "ITL")
	header[5], header[6], header[16] = i.Kind, 0x8C, sum(ram)
	binary.BigEndian.PutUint32(header[7:], uint32(i.RAM))
	binary.BigEndian.PutUint32(header[17:], uint32(i.Data))
	binary.BigEndian.PutUint16(header[62:], uint16(i.Block))
	binary.BigEndian.PutUint32(header[68:], uint32(i.Baud))
	if over := i.Data % max(i.Block, 1); i.Padded && over > 0 {
		file = append(slices.Clip(file), make([]byte, i.Block-over)...)
	}
	return file
}

// sum is the exclusive or of bytes.
func sum(b []byte) (x byte) {
	for _, c := range b {
		x ^= c
	}
	return x
}
