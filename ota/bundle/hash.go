package bundle

import (
	"crypto/sha256"
	"io"
	"os"

	"wattkiosk/ota/manifest"
)

// HashFile is a file's size and SHA-256.
func HashFile(path string) (size int64, sum manifest.Digest, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, sum, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, sum, err
	}
	sum, err = Hash(f, st.Size())
	return st.Size(), sum, err
}

// Hash is the SHA-256 of the first size bytes.
func Hash(r io.ReaderAt, size int64) (sum manifest.Digest, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
