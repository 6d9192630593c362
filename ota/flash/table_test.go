package flash

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// seedTable is a table of one partition, made by hand for a disk of 4 MiB.
func seedTable() []byte {
	b := make([]byte, primarySize)
	copy(b[mbrEntry:], []byte{0, 0, 2, 0, mbrGPT, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0xFF, 0x1F, 0, 0})
	b[mbrMagic], b[mbrMagic+1] = 0x55, 0xAA
	t := table{b}
	h := t.header()
	copy(h, "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
	order.PutUint64(h[atSelf:], 1)
	order.PutUint64(h[atOther:], 8191)
	order.PutUint64(h[atFirst:], 34)
	order.PutUint64(h[atLast:], 8158)
	order.PutUint64(h[atArray:], 2)
	order.PutUint32(h[atCount:], entries)
	order.PutUint32(h[atEntrySize:], entrySize)
	e := t.array()
	e[0] = 1
	order.PutUint64(e[entryFirst:], 2048)
	order.PutUint64(e[entryLast:], 4095)
	copy(e[entryName:], "d\x00a\x00t\x00a\x00")
	sum(t)
	return b
}

func sum(t table) {
	h := t.header()
	order.PutUint32(h[atArrayCRC:], checksum(t.array()))
	order.PutUint32(h[atHeaderCRC:], headerCRC(h))
}

// checksum is the CRC-32 of the standard's appendix, bit by bit.
func checksum(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ 0xEDB88320*(crc&1)
		}
	}
	return ^crc
}

func TestParseTable(t *testing.T) {
	good, ok := parseTable(seedTable())
	if p, found := good.find("data"); !ok || !found || p.first != 2048 || p.last != 4095 || good.sectors() != 8192 {
		t.Fatalf("%+v, %v", p, ok)
	}
	for name, change := range map[string]func(table){
		"no MBR":                    func(t table) { t.b[mbrMagic] = 0 },
		"an MBR of another kind":    func(t table) { t.b[mbrType] = 0x83 },
		"another revision":          func(t table) { t.header()[10] = 2; sum(t) },
		"it lies elsewhere":         func(t table) { t.header()[atSelf] = 2; sum(t) },
		"a huge array":              func(t table) { t.header()[atCount+2] = 0xFF; sum(t) },
		"an array elsewhere":        func(t table) { order.PutUint64(t.header()[atArray:], 1<<60); sum(t) },
		"a huge disk":               func(t table) { order.PutUint64(t.header()[atOther:], 1<<62); sum(t) },
		"no disk":                   func(t table) { order.PutUint64(t.header()[atOther:], 3); sum(t) },
		"a partition behind it":     func(t table) { order.PutUint64(t.array()[entryLast:], 8159); sum(t) },
		"a partition that is -1":    func(t table) { order.PutUint64(t.array()[entryLast:], 2046); sum(t) },
		"a partition on the table":  func(t table) { order.PutUint64(t.array()[entryFirst:], 33); sum(t) },
		"a checksum":                func(t table) { t.header()[atHeaderCRC]++ },
		"a checksum of the entries": func(t table) { t.array()[60]++ },
	} {
		b := seedTable()
		change(table{b})
		if _, ok := parseTable(b); ok {
			t.Errorf("%s: it is taken", name)
		}
	}
	if _, ok := parseTable(seedTable()[:primarySize-1]); ok {
		t.Error("a short one is taken")
	}
}

// FuzzTable parses what anybody wrote onto a disk, its checksums made right.
func FuzzTable(f *testing.F) {
	f.Add(seedTable(), int64(100_000))
	f.Add([]byte("EFI PART"), int64(1))
	f.Fuzz(func(t *testing.T, b []byte, sectors int64) {
		if len(b) >= primarySize {
			b = bytes.Clone(b)
			sum(table{b})
		}
		p, ok := parseTable(b)
		if !ok {
			return
		}
		names(p)
		was := bytes.Clone(p.b)
		sectors &= 1<<47 - 1
		p.grow(sectors)
		again, ok := parseTable(p.b)
		if !ok || again.sectors() != max(sectors, table{was}.sectors()) {
			t.Fatalf("grown to %d sectors it is no table", sectors)
		}
		if sectors <= (table{was}).sectors() && !bytes.Equal(p.b, was) {
			t.Error("a table of its own size was changed")
		}
		for _, q := range p.partitions() {
			if q.first > q.last || int64(q.last) >= again.sectors() || !utf8.ValidString(q.name) {
				t.Errorf("%+v", q)
			}
		}
	})
}
