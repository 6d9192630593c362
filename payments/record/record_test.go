package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var golden = Record{
	Seq: 7, Boot: 3, Time: time.UnixMilli(1_764_000_000_123).UTC(), Trust: Synchronised,
	Type: "note-stacked", Txn: "10000001000000000005", Version: 1, Payload: []byte(`{"note":1}`),
}

const goldenHex = "a10000000000000007" +
	"0000000000000000000000000000000000000000000000000000000000000000" +
	"00000003" + "0000019ab697e87b" + "02" +
	"0c6e6f74652d737461636b6564" + "143130303030303031303030303030303030303035" +
	"0001" + "0000000a" + "7b226e6f7465223a317d"

func TestLayoutIsGolden(t *testing.T) {
	b, _, err := golden.Sum()
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(b); got != goldenHex {
		t.Errorf("encoding\n got %s\nwant %s", got, goldenHex)
	}
	r, rest, err := Decode(append(b, 1, 2))
	if err != nil || !bytes.Equal(rest, []byte{1, 2}) {
		t.Fatalf("Decode: %v, rest %x", err, rest)
	}
	if d := cmp.Diff(golden, r); d != "" {
		t.Error(d)
	}
}

func TestOnlyViewSharesMemory(t *testing.T) {
	b, _, err := golden.Sum()
	if err != nil {
		t.Fatal(err)
	}
	own, _, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	shared, _, err := View(b)
	if err != nil {
		t.Fatal(err)
	}

	b[len(b)-2] = '9'

	if got := string(own.Payload); got != `{"note":1}` {
		t.Errorf("Decode: %s", got)
	}
	if got := string(shared.Payload); got != `{"note":9}` {
		t.Errorf("View: %s", got)
	}
}

func TestChainDetectsEveryTampering(t *testing.T) {
	start := Head{Hash: Genesis("10000001", 0)}
	var recs []Record
	h := start
	for i := range 5 {
		r, _, next, err := h.Seal(Stamp{Boot: 1, Time: time.UnixMilli(int64(i))}, Draft{Type: "t", Version: 1, Payload: []byte{byte('0' + i)}})
		if err != nil {
			t.Fatal(err)
		}
		recs, h = append(recs, r), next
	}
	follow := func(recs []Record) error {
		h := start
		for _, r := range recs {
			var err error
			if h, err = h.Follow(r); err != nil {
				return err
			}
		}
		return nil
	}
	if err := follow(recs); err != nil {
		t.Fatalf("untouched chain: %v", err)
	}
	for name, tamper := range map[string]func([]Record) []Record{
		"dropped":   func(r []Record) []Record { return append(r[:1], r[2:]...) },
		"reordered": func(r []Record) []Record { r[1], r[2] = r[2], r[1]; return r },
		"changed":   func(r []Record) []Record { r[2].Payload = []byte("9"); return r },
		"repeated":  func(r []Record) []Record { return append(r[:2], r[1:]...) },
		"time":      func(r []Record) []Record { r[0].Time = r[0].Time.Add(time.Second); return r },
	} {
		if err := follow(tamper(append([]Record(nil), recs...))); !errors.Is(err, ErrChain) {
			t.Errorf("%s: got %v, want ErrChain", name, err)
		}
	}
	if _, err := (Head{Hash: Genesis("10000002", 0)}).Follow(recs[0]); !errors.Is(err, ErrChain) {
		t.Errorf("another kiosk's journal: got %v, want ErrChain", err)
	}
}

func TestDraftLimits(t *testing.T) {
	for name, d := range map[string]Draft{
		"no type":      {},
		"long type":    {Type: string(make([]byte, 65))},
		"long serial":  {Type: "t", Txn: string(make([]byte, 65))},
		"long payload": {Type: "t", Payload: make([]byte, MaxPayload+1)},
	} {
		if _, _, _, err := (Head{}).Seal(Stamp{}, d); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Record{
			Seq: rapid.Uint64().Draw(t, "seq"), Boot: rapid.Uint32().Draw(t, "boot"),
			Time: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "ms")).UTC(), Trust: Trust(rapid.IntRange(0, 2).Draw(t, "trust")),
			Type: rapid.StringMatching(`[a-z-]{1,64}`).Draw(t, "type"), Txn: rapid.StringMatching(`[0-9]{0,20}`).Draw(t, "txn"),
			Version: rapid.Uint16().Draw(t, "version"), Payload: rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "payload"),
		}
		b, _, err := r.Sum()
		if err != nil {
			t.Fatal(err)
		}
		got, rest, err := Decode(b)
		if err != nil || len(rest) != 0 {
			t.Fatalf("Decode: %v, rest %d", err, len(rest))
		}
		if d := cmp.Diff(r, got); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzDecode(f *testing.F) {
	b, _, _ := golden.Sum()
	f.Add(b)
	f.Add(b[:60])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, err := Decode(b)
		if err != nil {
			return
		}
		again, _, err := r.Sum()
		if err != nil {
			t.Fatalf("decoded record does not encode: %v", err)
		}
		if !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Fatalf("not canonical: %x from %x", again, b)
		}
	})
}
