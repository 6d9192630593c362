package wire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

func chain(t testing.TB, start record.Head, drafts ...record.Draft) []record.Record {
	t.Helper()
	recs := make([]record.Record, len(drafts))
	h := start
	for i, d := range drafts {
		var err error
		at := time.UnixMilli(1_764_000_000_123 + int64(i)*950)
		if recs[i], _, h, err = h.Seal(record.Stamp{Boot: 3, Time: at, Trust: record.Synchronised}, d); err != nil {
			t.Fatal(err)
		}
	}
	return recs
}

// journal is n records whose payload is about 300 bytes of JSON with much that
// no compressor can foresee: serials, references, digests, amounts.
func journal(t testing.TB, n int) []record.Record {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	drafts := make([]record.Draft, n)
	for i := range drafts {
		serial := fmt.Sprintf("10000001%012d", i/6)
		p := fmt.Sprintf(`{"serial":%q,"account":"10000%05d","note":{"device":"bill-1","currency":"CNY","value":%d,"escrow":true,"firmware":"NV200-4.17"},`+
			`"tender":"cash","amount":%d,"total":%d,"cassette":{"id":"C-0017","notes":%d,"value":%d},"screen":"insert-cash","shift":"day","trace":"%08x"}`,
			serial, rng.IntN(100000), 100*(1+rng.IntN(100)), rng.IntN(30000), rng.IntN(90000), i, 100*i, rng.Uint32())
		drafts[i] = record.Draft{Type: []string{"note-stacked", "payment-opened", "payment-closed"}[i%3], Txn: serial, Version: 1, Payload: []byte(p)}
	}
	return chain(t, record.Head{Hash: record.Genesis("10000001", 0)}, drafts...)
}

func TestBatchLayoutIsGolden(t *testing.T) {
	recs := chain(t, record.Head{Seq: 6}, record.Draft{Type: "note-stacked", Txn: "10000001000000000005", Version: 1, Payload: []byte(`{"note":1}`)},
		record.Draft{Type: "note-stacked", Version: 1})
	b, err := wire.EncodeBatch(recs)
	if err != nil {
		t.Fatal(err)
	}
	const want = "01" + "00" + "0002" + "0000000000000007" +
		"0000000000000000000000000000000000000000000000000000000000000000" +
		"7c4935fd085ce5b4397e8134657bf5d78974b1ead54dde2b187a43edc408a2ef" +
		"06" + "f6a1bfe9d666" + "02" + "01" + "0c6e6f74652d737461636b6564" + "143130303030303031303030303030303030303035" + "0a" + "7b226e6f7465223a317d" +
		"00" + "ec0e" + "02" + "01" + "0c6e6f74652d737461636b6564" + "00" + "00"
	if got := hex.EncodeToString(b); got != want {
		t.Errorf("batch\n got %s\nwant %s", got, want)
	}
}

func TestBatchOfHundredIsSmall(t *testing.T) {
	recs := journal(t, 1000)
	mean := 0
	for _, r := range recs[:100] {
		mean += len(r.Payload)
	}
	if mean /= 100; mean < 290 || mean > 310 {
		t.Fatalf("payloads of %d bytes, the goal is for 300", mean)
	}
	for _, n := range []int{100, 1000} {
		b, err := wire.EncodeBatch(recs[:n])
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d records: %.1f bytes each", n, float64(len(b))/float64(n))
		if len(b) > 70*n {
			t.Errorf("%d records in %d bytes, want at most 70 each", n, len(b))
		}
	}
}

func TestBatchRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(rt, "n")
		h := record.Head{Seq: rapid.Uint64Range(0, 1<<40).Draw(rt, "seq"), Hash: record.Genesis("k", 1)}
		var recs []record.Record
		for range n {
			r, _, next, err := h.Seal(record.Stamp{
				Boot: rapid.Uint32().Draw(rt, "boot"), Trust: record.Trust(rapid.IntRange(0, 2).Draw(rt, "trust")),
				Time: time.UnixMilli(rapid.Int64().Draw(rt, "ms")).UTC(),
			}, record.Draft{
				Type: rapid.StringMatching(`[a-z-]{1,64}`).Draw(rt, "type"), Txn: rapid.StringMatching(`[0-9]{0,20}`).Draw(rt, "txn"),
				Version: rapid.Uint16().Draw(rt, "version"), Payload: rapid.SliceOfN(rapid.Byte(), 1, 400).Draw(rt, "payload"),
			})
			if err != nil {
				rt.Fatal(err)
			}
			recs, h = append(recs, r), next
		}
		b, err := wire.EncodeBatch(recs)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := wire.DecodeBatch(b)
		if err != nil {
			rt.Fatal(err)
		}
		if len(got) != n {
			rt.Fatalf("%d records, want %d", len(got), n)
		}
		for i := range recs {
			want, _ := recs[i].AppendBinary(nil)
			have, _ := got[i].AppendBinary(nil)
			if !bytes.Equal(want, have) {
				rt.Fatalf("record %d\n got %x\nwant %x", i, have, want)
			}
		}
		peek, err := wire.PeekBatch(b)
		want := wire.BatchHeader{First: recs[0].Seq, Prev: recs[0].Prev, Count: n, Last: h}
		if err != nil || peek != want {
			rt.Fatalf("header %+v, %v; want %+v", peek, err, want)
		}
	})
}

func TestEveryChangedByteIsRefused(t *testing.T) {
	for _, n := range []int{1, 5} {
		recs := journal(t, n)
		b, err := wire.EncodeBatch(recs)
		if err != nil {
			t.Fatal(err)
		}
		end, _, err := head(recs)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			c := bytes.Clone(b)
			c[i] ^= 0x40
			got, err := wire.DecodeBatch(c)
			if err != nil {
				continue
			}
			// What still decodes must be the same chain, so that nothing was altered.
			if h, _, err := head(got); err != nil || h != end {
				t.Fatalf("byte %d of %d changed and the batch decodes to another chain", i, len(b))
			}
		}
	}
}

func head(recs []record.Record) (record.Head, int, error) {
	h := record.Head{Seq: recs[0].Seq - 1, Hash: recs[0].Prev}
	for i, r := range recs {
		var err error
		if h, err = h.Follow(r); err != nil {
			return h, i, err
		}
	}
	return h, len(recs), nil
}

func TestEncodeBatchRefuses(t *testing.T) {
	recs := journal(t, wire.MaxBatchRecords+1)
	noise := make([]byte, record.MaxPayload)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	big := make([]record.Draft, 17)
	for i := range big {
		p := bytes.Clone(noise)
		for j := range p {
			p[j] ^= byte(rng.Uint32())
		}
		big[i] = record.Draft{Type: "t", Payload: p}
	}
	for name, c := range map[string]struct {
		recs []record.Record
		want error
	}{
		"empty":     {nil, wire.ErrBatch},
		"too many":  {recs, wire.ErrBatch},
		"gap":       {[]record.Record{recs[0], recs[2]}, record.ErrChain},
		"unchained": {[]record.Record{recs[0], {Seq: 2, Type: "t"}}, record.ErrChain},
		"no type":   {[]record.Record{{Seq: 1}}, record.ErrMalformed},
		"zero":      {[]record.Record{{Type: "t"}}, wire.ErrBatch},
		"too large": {chain(t, record.Head{}, big...), wire.ErrBatch},
	} {
		if _, err := wire.EncodeBatch(c.recs); !errors.Is(err, c.want) || !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestDecodeBatchRefuses(t *testing.T) {
	good, err := wire.EncodeBatch(chain(t, record.Head{}, record.Draft{Type: "t"}))
	if err != nil {
		t.Fatal(err)
	}
	with := func(i int, v byte) []byte {
		b := bytes.Clone(good)
		b[i] = v
		return b
	}
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := enc.EncodeAll(make([]byte, wire.MaxBatchPlain+1), with(1, 1)[:76])
	for name, b := range map[string][]byte{
		"empty":        nil,
		"short":        good[:75],
		"version":      with(0, 2),
		"flags":        with(1, 2),
		"count 0":      with(3, 0),
		"count 1001":   binary.BigEndian.AppendUint16(bytes.Clone(good[:2]), 1001),
		"count 2 of 1": with(3, 2),
		"seq 0":        with(11, 0),
		"prev":         with(12, 1),
		"last":         with(44, 1),
		"trailing":     append(bytes.Clone(good), 0),
		"not zstd":     with(1, 1),
		"bomb":         bomb,
		"oversized":    make([]byte, wire.MaxBatchBytes+1),
	} {
		if recs, err := wire.DecodeBatch(b); !errors.Is(err, wire.ErrBatch) || recs != nil {
			t.Errorf("%s: got %d records, %v; want ErrBatch", name, len(recs), err)
		}
	}
	if len(bomb) > 4096 {
		t.Errorf("the bomb has %d bytes, it should be small", len(bomb))
	}
}

func TestBatchDecodesConcurrently(t *testing.T) {
	recs := journal(t, 50)
	b, err := wire.EncodeBatch(recs)
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			got, err := wire.DecodeBatch(b)
			if err == nil {
				_, err = wire.EncodeBatch(got)
			}
			if d := cmp.Diff(recs, got); err == nil && d != "" {
				err = errors.New(d)
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func FuzzDecodeBatch(f *testing.F) {
	for _, n := range []int{1, 2, 20} {
		b, err := wire.EncodeBatch(journal(f, n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		recs, err := wire.DecodeBatch(b)
		if err != nil {
			return
		}
		if _, _, err := head(recs); err != nil {
			t.Fatalf("decoded records do not form a chain: %v", err)
		}
		again, err := wire.EncodeBatch(recs)
		if err != nil {
			t.Fatalf("decoded batch does not encode: %v", err)
		}
		back, err := wire.DecodeBatch(again)
		if d := cmp.Diff(recs, back); err != nil || d != "" {
			t.Fatalf("not the same after a round trip: %v %s", err, d)
		}
	})
}

func BenchmarkEncodeBatch(b *testing.B) {
	recs := journal(b, 100)
	for b.Loop() {
		if _, err := wire.EncodeBatch(recs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeBatch(b *testing.B) {
	p, err := wire.EncodeBatch(journal(b, 100))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := wire.DecodeBatch(p); err != nil {
			b.Fatal(err)
		}
	}
}
