package flash

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// The partition table is a GPT (UEFI 2.10, 5.3) as sfdisk writes it: 128 entries of
// 128 bytes.
const (
	sector       = 512
	entries      = 128
	entrySize    = 128
	arraySize    = entries * entrySize
	arraySectors = arraySize / sector
	headerSize   = 92
	primarySize  = (2 + arraySectors) * sector // protective MBR, header, entries
	backupSize   = (arraySectors + 1) * sector // entries, header
	align        = 2048                        // sectors; where partitions begin and end
)

// Places in a header and in an entry.
const (
	atHeaderCRC = 16
	atSelf      = 24
	atOther     = 32
	atFirst     = 40 // first usable sector
	atLast      = 48 // last usable sector
	atArray     = 72
	atCount     = 80
	atEntrySize = 84
	atArrayCRC  = 88
	entryFirst  = 32
	entryLast   = 40
	entryName   = 56
)

// The protective MBR has one entry.
const (
	mbrEntry  = 446
	mbrType   = mbrEntry + 4
	mbrLength = mbrEntry + 12
	mbrMagic  = 510
	mbrGPT    = 0xEE
)

var order = binary.LittleEndian

// table is a valid primary table: the first primarySize bytes of a disk.
type table struct{ b []byte }

// parseTable reads the table at the beginning of a disk. It is false where there is
// none, or one that its checksums do not hold for.
func parseTable(head []byte) (table, bool) {
	if len(head) < primarySize {
		return table{}, false
	}
	t := table{bytes.Clone(head[:primarySize])}
	h := t.header()
	ok := t.b[mbrMagic] == 0x55 && t.b[mbrMagic+1] == 0xAA && t.b[mbrType] == mbrGPT &&
		string(h[:8]) == "EFI PART" && order.Uint32(h[8:]) == 0x10000 && order.Uint32(h[12:]) == headerSize &&
		order.Uint64(h[atSelf:]) == 1 && order.Uint64(h[atArray:]) == 2 && order.Uint32(h[atCount:]) == entries && order.Uint32(h[atEntrySize:]) == entrySize &&
		order.Uint32(h[atHeaderCRC:]) == headerCRC(h) && order.Uint32(h[atArrayCRC:]) == crc32.ChecksumIEEE(t.array())
	return t, ok && t.inside()
}

func (t table) header() []byte { return t.b[sector : sector+headerSize] }
func (t table) array() []byte  { return t.b[2*sector:] }

// headerCRC is the checksum of a header, without that of itself.
func headerCRC(h []byte) uint32 {
	c := bytes.Clone(h)
	order.PutUint32(c[atHeaderCRC:], 0)
	return crc32.ChecksumIEEE(c)
}

// sectors is the size of the disk that the table is for.
func (t table) sectors() int64 { return int64(order.Uint64(t.header()[atOther:])) + 1 }

// inside reports whether the table is for a disk of a possible size, and its
// partitions lie in it.
func (t table) inside() bool {
	const most = 1 << 48 // sectors; far above any disk, far below an overflow
	n, last := order.Uint64(t.header()[atOther:]), order.Uint64(t.header()[atLast:])
	if n >= most || n < primarySize/sector+backupSize/sector || last != n-arraySectors-1 {
		return false
	}
	for _, p := range t.partitions() {
		if p.first < order.Uint64(t.header()[atFirst:]) || p.first > p.last || p.last > last {
			return false
		}
	}
	return true
}

// part is one partition, in sectors; last is in it.
type part struct {
	name        string
	first, last uint64
	entry       []byte
}

func (t table) partitions() (list []part) {
	for i := range entries {
		e := t.array()[i*entrySize : (i+1)*entrySize]
		if bytes.Equal(e[:16], make([]byte, 16)) { // no type: no partition
			continue
		}
		list = append(list, part{partName(e[entryName:]), order.Uint64(e[entryFirst:]), order.Uint64(e[entryLast:]), e})
	}
	return list
}

func partName(b []byte) string {
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		u := order.Uint16(b[i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// find is the partition of a name.
func (t table) find(name string) (part, bool) {
	for _, p := range t.partitions() {
		if p.name == name {
			return p, true
		}
	}
	return part{}, false
}

// growName is the partition that takes the room of a larger disk.
const growName = "data"

// grow makes the table one for a larger disk; for one of its own size it changes
// nothing.
func (t table) grow(sectors int64) {
	if sectors <= t.sectors() {
		return
	}
	h, end := t.header(), uint64(sectors)-1
	usable := end - arraySectors - 1
	order.PutUint64(h[atOther:], end)
	order.PutUint64(h[atLast:], usable)
	if p, ok := t.find(growName); ok && t.isLast(p) {
		order.PutUint64(p.entry[entryLast:], max(p.last, (usable+1)/align*align-1))
	}
	order.PutUint32(h[atArrayCRC:], crc32.ChecksumIEEE(t.array()))
	order.PutUint32(h[atHeaderCRC:], headerCRC(h))
	order.PutUint32(t.b[mbrLength:], uint32(min(end, 0xFFFFFFFF)))
}

// atDiskID and atPartID are where the UUIDs of the disk and of a partition lie, in the
// header and in an entry.
const (
	atDiskID = 56
	atPartID = 16
)

// name gives the disk and its partitions UUIDs of their own, random ones (RFC 9562,
// version 4): those of an image are the same on every board that is made of it, and a
// start cannot tell two such disks apart.
func (t table) name(random io.Reader) error {
	ids := [][]byte{t.header()[atDiskID : atDiskID+16]}
	for _, p := range t.partitions() {
		ids = append(ids, p.entry[atPartID:atPartID+16])
	}
	for _, id := range ids {
		if _, err := io.ReadFull(random, id); err != nil {
			return err
		}
		id[7] = id[7]&0x0F | 0x40 // the third group is little endian
		id[8] = id[8]&0x3F | 0x80
	}
	order.PutUint32(t.header()[atArrayCRC:], crc32.ChecksumIEEE(t.array()))
	order.PutUint32(t.header()[atHeaderCRC:], headerCRC(t.header()))
	return nil
}

func (t table) isLast(p part) bool {
	for _, q := range t.partitions() {
		if q.last > p.last {
			return false
		}
	}
	return true
}

// backup is the copy in a disk's last backupSize bytes.
func (t table) backup() []byte {
	b := append(bytes.Clone(t.array()), make([]byte, sector)...)
	h := b[arraySize : arraySize+headerSize]
	copy(h, t.header())
	end := order.Uint64(h[atOther:])
	order.PutUint64(h[atSelf:], end)
	order.PutUint64(h[atOther:], 1)
	order.PutUint64(h[atArray:], end-arraySectors)
	order.PutUint32(h[atHeaderCRC:], headerCRC(h))
	return b
}
