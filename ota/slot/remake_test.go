package slot_test

import (
	"encoding/binary"
	"hash/crc32"
)

// remake gives a changed block its checksum.
func remake(block []byte) []byte {
	binary.LittleEndian.PutUint32(block, crc32.ChecksumIEEE(block[4:]))
	return block
}
