package socket_test

import (
	"bytes"
	"slices"
	"testing"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

func exampleCodec(t testing.TB) *socket.Codec {
	t.Helper()
	c, err := socket.NewCodec(socket.Example(), socket.Unit{Collecting: "4301"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func cell(name string, row int, value string) socket.Cell {
	return socket.Cell{Name: name, Row: row, Value: value}
}

func TestCellsOfAReply(t *testing.T) {
	c := exampleCodec(t)
	r := mis.Request{Op: mis.OpQuery, Account: "1000000004"}
	frame, err := c.EncodeReply(r, mis.Reply{Query: mis.QueryResult{Code: "1001", Text: "成功", Account: mis.Account{
		Name: "示范市", Class: 2, Fee: 8640, Arrears: 8640, Bills: []mis.Bill{{ID: "YS1", Month: "202610", Fee: 8000}, {ID: "YS2", Month: "202611", Fee: 640}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Cells(frame)
	want := []socket.Cell{
		cell("retcode", 0, "1001"),
		cell("retmsg", 0, "\xb3\xc9\xb9\xa6"),
		cell("yhbh", 0, "1000000004"),
		cell("yhmc", 0, "\xca\xbe\xb7\xb6\xca\xd0"),
		cell("yddz", 0, ""),
		cell("yhfl", 0, "2"),
		cell("hjje", 0, "8640"),
		cell("hjdf", 0, "8640"),
		cell("hjwyj", 0, "0"),
		cell("hjys", 0, "0"),
		cell("zdje", 0, "0"),
		cell("jezbs", 0, "2"),
		cell("ysbs", 1, "YS1"),
		cell("dfny", 1, "202610"),
		cell("dfje", 1, "8000"),
		cell("wyjje", 1, "0"),
		cell("ysbs", 2, "YS2"),
		cell("dfny", 2, "202611"),
		cell("dfje", 2, "640"),
		cell("wyjje", 2, "0"),
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	slices.Reverse(got)
	if back, err := c.Assemble("2101", got); err != nil || !bytes.Equal(back, frame) {
		t.Errorf("put together again: %q, %v", back, err)
	}
}

func TestAssembleRefuses(t *testing.T) {
	c := exampleCodec(t)
	ok := []socket.Cell{cell("retcode", 0, "1001"), cell("czjylsh", 0, "1"), cell("yjylsh", 0, "2")}
	if _, err := c.Assemble("2105", ok); err != nil {
		t.Error(err)
	}
	for name, more := range map[string]socket.Cell{
		"twice":           cell("czjylsh", 0, "1"),
		"no such field":   cell("jfje", 0, "1"),
		"no such row":     cell("czjylsh", 1, "1"),
		"negative row":    cell("czjylsh", -1, "1"),
		"too many rows":   cell("czjylsh", 201, "1"),
		"wider than that": cell("retmsg", 0, string(make([]byte, 61))),
	} {
		if b, err := c.Assemble("2105", append(slices.Clone(ok), more)); err == nil {
			t.Errorf("%s: %q", name, b)
		}
	}
	if _, err := c.Assemble("9999", nil); err == nil {
		t.Error("a message that is not there")
	}
}

// FuzzAssemble: what can be put together and read comes apart into cells that make the
// same frame.
func FuzzAssemble(f *testing.F) {
	f.Add("2105", "retcode", 0, "1001", "czjylsh", 0, "1")
	f.Add("2101", "jezbs", 0, "2", "ysbs", 2, "x")
	f.Add("1103", "jfje", 0, "12850", "jylsh", 0, "20261123000000000001")
	f.Fuzz(func(t *testing.T, code, n1 string, r1 int, v1, n2 string, r2 int, v2 string) {
		c := exampleCodec(t)
		frame, err := c.Assemble(code, []socket.Cell{cell(n1, r1, v1), cell(n2, r2, v2)})
		if err != nil {
			return
		}
		cells, err := c.Cells(frame)
		if err != nil {
			t.Fatalf("made %q, and cannot take it apart: %v", frame, err)
		}
		again, err := c.Assemble(code, cells)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := c.DecodeRequest(frame); err == nil {
			if r2, err := c.DecodeRequest(again); err != nil || r != r2 {
				t.Fatalf("%+v, then %+v, %v", r, r2, err)
			}
		}
	})
}
