package bundle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// pack writes the chunks of src into an entry, made from old if that is a file. With
// repeat, equal chunks are stored once.
func (pk *packer) pack(name, src, old string, repeat bool) ([]manifest.Chunk, error) {
	f, err := os.Open(src)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var from []byte
	if old != "" {
		if from, err = os.ReadFile(old); err != nil {
			return nil, err
		}
	}
	chunks, packed, err := pk.chunks(name, f, from, repeat)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(pk.tmp, fmt.Sprint("entry", len(pk.entries)))
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	for _, p := range packed {
		_, werr := out.Write(p)
		err = errors.Join(err, werr)
	}
	pk.entries = append(pk.entries, entry{name, path})
	return chunks, errors.Join(err, out.Close())
}

// chunks packs all chunks, as many at a time as there are processors. An image is
// never whole in memory.
func (pk *packer) chunks(name string, src *os.File, from []byte, repeat bool) ([]manifest.Chunk, [][]byte, error) {
	st, err := src.Stat()
	if err != nil {
		return nil, nil, err
	}
	n := int((st.Size() + manifest.ChunkSize - 1) / manifest.ChunkSize)
	chunks, packed := make([]manifest.Chunk, n), make([][]byte, n)
	finder, first := newFinder(from), map[manifest.Digest]int{}
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	for i := range n {
		at := int64(i) * manifest.ChunkSize
		piece := make([]byte, min(manifest.ChunkSize, st.Size()-at))
		if _, err := io.ReadFull(io.NewSectionReader(src, at, int64(len(piece))), piece); err != nil {
			return nil, nil, errors.Join(err, group.Wait())
		}
		c := manifest.Chunk{Size: int64(len(piece)), SHA256: sha256.Sum256(piece)}
		if k, ok := first[c.SHA256]; ok && repeat {
			c.Like = k + 1
			chunks[i] = c
			continue
		}
		first[c.SHA256] = i
		group.Go(func() (err error) {
			chunks[i], packed[i], err = pk.chunk(c, piece, fleetkey.Place{Entry: name, Index: i}, finder, from)
			return err
		})
	}
	err = group.Wait()
	for i, c := range chunks {
		if c.Like > 0 {
			chunks[i].Sealed = chunks[c.Like-1].Sealed
		}
	}
	return chunks, packed, err
}

// chunk packs one chunk, as a patch of what it has in common with an old image.
func (pk *packer) chunk(c manifest.Chunk, piece []byte, place fleetkey.Place, finder *finder, from []byte) (manifest.Chunk, []byte, error) {
	dict := finder.find(piece, place.Index*manifest.ChunkSize)
	c.DictAt, c.DictSize = dict.at, dict.size
	b, err := zstdTool(pk.tmp, piece, from[dict.at:dict.at+dict.size], pk.level)
	if err == nil && pk.cipher != nil {
		b, err = pk.cipher.Seal(b, place)
	}
	c.Stored, c.Sealed = int64(len(b)), sha256.Sum256(b)
	return c, b, err
}
