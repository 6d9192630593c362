package image

import (
	"encoding/binary"
	"hash/crc32"
)

// stateCopy is the distance between the two copies in the state partition.
const stateCopy = 1 << 20

// initialState is the state partition of a new board: slot a is good, nothing is
// tried. The copies differ only in their sequence number.
func initialState() []byte {
	state := make([]byte, stateCopy+envSize)
	copy(state, environment("good=a\x00seq=1\x00floor=0\x00"))
	copy(state[stateCopy:], environment("good=a\x00seq=0\x00floor=0\x00"))
	return state
}

// environment is a U-Boot environment block: a CRC-32 over the rest, then the
// variables, ended by an empty one.
func environment(vars string) []byte {
	block := make([]byte, envSize)
	copy(block[4:], vars)
	binary.LittleEndian.PutUint32(block, crc32.ChecksumIEEE(block[4:]))
	return block
}
