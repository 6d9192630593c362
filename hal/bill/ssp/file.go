package ssp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrFile says that a file is no firmware, is damaged, or is for another device. It
// is found out before the first byte goes to the device.
var ErrFile = errors.New("not a firmware for this device")

// Sizes of a firmware file, in bytes.
const (
	HeaderSize = 128
	MaxFile    = 16 << 20
	maxRAM     = 1 << 20
	maxBlock   = 1<<16 - 1
)

// Speeds of programming, in bits per second.
const (
	DefaultProgramBaud = 38_400
	minProgramBaud     = 9600
	maxProgramBaud     = 921_600
)

// Places in the header. Numbers have their high byte first.
const (
	atModel    = 5  // 1 byte: kind of device, see Fits
	atCode     = 6  // 1 byte: opens the talk with the RAM block
	atRAM      = 7  // 4 bytes: length of the RAM block
	atRAMCheck = 16 // 1 byte: XOR of the RAM block
	atData     = 17 // 4 bytes: length of the data
	atBlock    = 62 // 2 bytes: length of a block of data; 0 = what the device says
	atBaud     = 68 // 4 bytes: speed; 0 = 38400, and does not count for NV9 and NV10
)

// Kinds of device that the header names and sources agree on.
const (
	kindNV9  = 0x09
	kindNV10 = 0x0A
)

// magic opens every file.
const magic = "ITL"

// File is a firmware file of Innovative Technology, as it is (.bv1 and the like):
// a header, the RAM block (a program that the device runs to flash itself), and the
// data (firmware and dataset), which goes out in blocks. It is not written to.
type File struct {
	image []byte
	ram   int
	block int // as the header says; 0 = not said
	baud  int
}

// ParseFile reads a file and checks what can be checked without a device: the magic,
// the three lengths against the size, the speed, and the RAM block against its XOR.
// The data has no check of its own that sources know. What is refused wraps ErrFile.
// The file keeps image.
func ParseFile(image []byte) (*File, error) {
	if len(image) <= HeaderSize || len(image) > MaxFile || string(image[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: %d bytes without the head of a firmware file", ErrFile, len(image))
	}
	f := &File{image: image, block: int(binary.BigEndian.Uint16(image[atBlock:])), baud: DefaultProgramBaud}
	ram, data := binary.BigEndian.Uint32(image[atRAM:]), binary.BigEndian.Uint32(image[atData:])
	rest := uint32(len(image) - HeaderSize)
	switch {
	case ram < 1 || ram > maxRAM || ram >= rest:
		return nil, fmt.Errorf("%w: a RAM block of %d bytes in a file of %d", ErrFile, ram, len(image))
	case data < 1 || data > rest-ram || rest-ram-data > maxBlock:
		return nil, fmt.Errorf("%w: data of %d bytes, and there are %d", ErrFile, data, rest-ram)
	}
	f.ram = int(ram)
	if f.block > 0 && f.padding() >= f.block {
		return nil, fmt.Errorf("%w: %d bytes after the data", ErrFile, f.padding())
	}
	if baud := binary.BigEndian.Uint32(image[atBaud:]); baud != 0 && f.kind() != kindNV9 && f.kind() != kindNV10 {
		if baud < minProgramBaud || baud > maxProgramBaud {
			return nil, fmt.Errorf("%w: a speed of %d bits per second", ErrFile, baud)
		}
		f.baud = int(baud)
	}
	if got := xor(f.RAM()); got != image[atRAMCheck] {
		return nil, fmt.Errorf("%w: the RAM block is damaged: its check is %02X, not %02X", ErrFile, got, image[atRAMCheck])
	}
	return f, nil
}

// Header is the first 128 bytes.
func (f *File) Header() []byte { return f.image[:HeaderSize:HeaderSize] }

// RAM is the program that the device runs to flash itself.
func (f *File) RAM() []byte { return slices.Clip(f.image[HeaderSize : HeaderSize+f.ram]) }

// Data is what is flashed, with the padding that the file has after it.
func (f *File) Data() []byte { return f.image[HeaderSize+f.ram:] }

// Size is the length of the file in bytes.
func (f *File) Size() int { return len(f.image) }

// Baud is the speed at which the file is sent after its header.
func (f *File) Baud() int { return f.baud }

func (f *File) code() byte { return f.image[atCode] }
func (f *File) kind() byte { return f.image[atModel] }

// Fits says whether the file may go onto a device of a model, as Identity names it.
// Sources tell only the kinds of NV9 and NV10 apart: their files go onto nothing
// else, and no other file goes onto them. What else is wrong the device says itself,
// at the header. An error wraps ErrFile.
func (f *File) Fits(model string) error {
	number, err := strconv.Atoi(strings.TrimLeft(model, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if err != nil {
		number = 0 // a name without a number is none of the two
	}
	want := map[byte]int{kindNV9: 9, kindNV10: 10}[f.kind()]
	if is := number == 9 || number == 10; is && want != number || !is && want != 0 {
		return fmt.Errorf("%w: it is for kind %02X, and the device is a %s", ErrFile, f.kind(), model)
	}
	return nil
}

// fitsBlock compares the block that the device wants with the file's.
func (f *File) fitsBlock(block int) error {
	if block < 1 || f.block != 0 && f.block != block || f.padding() >= block {
		return fmt.Errorf("%w: the device takes blocks of %d bytes, the file has %d", ErrFile, block, f.block)
	}
	return nil
}

// padding is how many bytes stand after the data.
func (f *File) padding() int { return len(f.Data()) - int(binary.BigEndian.Uint32(f.image[atData:])) }

func xor(b []byte) (x byte) {
	for _, c := range b {
		x ^= c
	}
	return x
}
