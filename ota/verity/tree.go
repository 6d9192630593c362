package verity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
)

// BlockSize is that of data and of hashes, in bytes.
const BlockSize = 4096

const (
	hashSize = sha256.Size
	perBlock = BlockSize / hashSize

	// maxBlocks bounds what a description may ask to be read: 16 GiB.
	maxBlocks = 1 << 22
)

// salt goes before each block that is hashed.
var salt = sha256.Sum256([]byte("wattkiosk root"))

// ErrChanged tells that a partition does not hold what was built.
var ErrChanged = errors.New("the root is not the one that was signed")

// Root describes a file system with its tree.
type Root struct {
	Blocks uint64 // of the file system
	Hash   [hashSize]byte
}

// described is a Root as it is written down.
type described struct {
	Blocks uint64 `json:"blocks"`
	Hash   string `json:"hash"`
}

// MarshalJSON implements json.Marshaler.
func (r Root) MarshalJSON() ([]byte, error) {
	return json.Marshal(described{r.Blocks, hex.EncodeToString(r.Hash[:])})
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Root) UnmarshalJSON(text []byte) error {
	var d described
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	hash, err := hex.DecodeString(d.Hash)
	if err != nil || len(hash) != hashSize || d.Blocks < 2 || d.Blocks > maxBlocks {
		return fmt.Errorf("no description of a root: %d blocks, hash of %d bytes", d.Blocks, len(hash))
	}
	r.Blocks = d.Blocks
	copy(r.Hash[:], hash)
	return nil
}

// Make is the tree of the file system in the first size bytes of data, to be written
// after them. The size must be one of whole blocks.
func Make(data io.ReaderAt, size int64) (Root, []byte, error) {
	if size < 2*BlockSize || size%BlockSize != 0 || size/BlockSize > maxBlocks {
		return Root{}, nil, fmt.Errorf("a file system of %d bytes is not one of whole blocks, two at least", size)
	}
	level, err := leaves(data, size/BlockSize)
	if err != nil {
		return Root{}, nil, err
	}
	tree := level
	for len(level) > BlockSize {
		level = padded(hashes(level))
		tree = append(bytes.Clone(level), tree...)
	}
	return Root{Blocks: uint64(size / BlockSize), Hash: hash(level)}, tree, nil
}

// Check reads all of a root and its tree, on all processors. What was changed is
// ErrChanged; other errors are of the disk.
func (r Root) Check(disk io.ReaderAt) error {
	size := int64(r.Blocks) * BlockSize
	found, tree, err := Make(disk, size)
	if err != nil {
		return err
	}
	if found.Hash != r.Hash {
		return fmt.Errorf("%w: its file system was changed", ErrChanged)
	}
	there := make([]byte, len(tree))
	if _, err := disk.ReadAt(there, size); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("cannot read the root's hashes: %w", err)
	}
	if !bytes.Equal(there, tree) {
		return fmt.Errorf("%w: its hashes were changed", ErrChanged)
	}
	return nil
}

// Table is the kernel's description of the checked device on a block device, which is
// named by its numbers ("254:5").
func (r Root) Table(device string) string {
	return fmt.Sprintf("1 %s %s %d %d %d %d sha256 %x %x", device, device, BlockSize, BlockSize, r.Blocks, r.Blocks, r.Hash, salt)
}

// Sectors is the size of the checked device, in units of 512 bytes.
func (r Root) Sectors() uint64 { return r.Blocks * BlockSize / 512 }

func hash(block []byte) (sum [hashSize]byte) {
	h := sha256.New()
	h.Write(salt[:])
	h.Write(block)
	h.Sum(sum[:0])
	return sum
}

func hashes(blocks []byte) []byte {
	sums := make([]byte, 0, len(blocks)/perBlock)
	for b := blocks; len(b) > 0; b = b[BlockSize:] {
		sum := hash(b[:BlockSize])
		sums = append(sums, sum[:]...)
	}
	return sums
}

func padded(b []byte) []byte {
	if over := len(b) % BlockSize; over > 0 {
		b = append(b, make([]byte, BlockSize-over)...)
	}
	return b
}

// stretch is how many blocks are read at a time.
const stretch = 256

// leaves are the hashes of the data blocks, padded to whole blocks.
func leaves(data io.ReaderAt, blocks int64) ([]byte, error) {
	sums := make([]byte, blocks*hashSize)
	next, failed := make(chan int64), make(chan error, runtime.NumCPU())
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			buf := make([]byte, stretch*BlockSize)
			for at := range next {
				n := min(stretch, blocks-at)
				if _, err := data.ReadAt(buf[:n*BlockSize], at*BlockSize); err != nil && !errors.Is(err, io.EOF) {
					failed <- fmt.Errorf("cannot read the root: %w", err)
					return
				}
				copy(sums[at*hashSize:], hashes(buf[:n*BlockSize]))
			}
		})
	}
	err := hand(next, failed, blocks)
	close(next)
	wg.Wait()
	select {
	case late := <-failed:
		err = errors.Join(err, late)
	default:
	}
	return padded(sums), err
}

// hand gives the stretches out, until one cannot be read.
func hand(next chan<- int64, failed <-chan error, blocks int64) error {
	for at := int64(0); at < blocks; at += stretch {
		select {
		case next <- at:
		case err := <-failed:
			return err
		}
	}
	return nil
}
