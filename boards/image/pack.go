package image

import (
	"fmt"
	"math/bits"
	"os"
)

// packedFile is the disk as it is shipped.
const packedFile = "disk.img.zst"

// pack compresses the disk for the way to where boards are made, if the recipe asks
// for it. The window reaches from one root slot to the other, so the second costs
// nothing; zstd unpacks it with --long=31.
func (b *builder) pack() error {
	if !b.Pack {
		return nil
	}
	window := bits.Len64(uint64(b.rootMiB()) << 20)
	if err := b.run("zstd", "-q", "-f", "-19", "-T2", fmt.Sprint("--long=", window), b.out("disk.img"), "-o", b.out(packedFile)); err != nil {
		return err
	}
	st, err := os.Stat(b.out(packedFile))
	if err != nil {
		return err
	}
	b.packed = st.Size()
	return nil
}
