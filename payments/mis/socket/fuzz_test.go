package socket_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

func FuzzReadFrame(f *testing.F) {
	f.Add(append(frameOf("1104", "x"), frameOf("1105", "")...), uint8(3))
	f.Add([]byte("00000013"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		stream := bytes.NewReader(b)
		var want [][]byte
		for {
			frame, err := socket.ReadFrame(stream)
			if err != nil {
				break
			}
			if len(frame) > socket.MaxFrame {
				t.Fatalf("frame of %d bytes", len(frame))
			}
			want = append(want, frame)
		}
		r := socket.Reader{Frame: socket.Example().Frame}
		var got [][]byte
		for step := int(cut) + 1; ; {
			frame, ok, err := r.Next()
			if ok {
				got = append(got, frame)
				continue
			}
			if err != nil || len(b) == 0 {
				break
			}
			n := min(step, len(b))
			r.Feed(b[:n])
			b = b[n:]
		}
		if !cmp.Equal(got, want) {
			t.Fatalf("Reader: %q, ReadFrame: %q", got, want)
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	for _, r := range requests {
		frame, err := socket.EncodeRequest(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(frame[10:14]), string(frame[14:len(frame)-8]))
	}
	f.Fuzz(func(t *testing.T, code, body string) {
		frame := frameOf(code, body)
		_, _ = socket.DecodeRequest([]byte(body)) // raw bytes: no panic
		r, err := socket.DecodeRequest(frame)
		if err != nil {
			return
		}
		again, err := socket.EncodeRequest(r)
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		if back, err := socket.DecodeRequest(again); err != nil || !cmp.Equal(back, r) {
			t.Fatalf("%+v became %+v, %v", r, back, err)
		}
	})
}

func FuzzDecodeReply(f *testing.F) {
	ops := []mis.Op{mis.OpQuery, mis.OpVerify, mis.OpPost, mis.OpAsk, mis.OpReverse}
	seeds := mis.Reply{
		Query:   mis.QueryResult{Code: "1001", Text: "成功", Account: account},
		Post:    mis.PostResult{Code: "11007", Reference: "M1", Amount: 3, ToArrears: 2, ToAdvance: 1},
		Reverse: mis.ReverseResult{Code: "1015"},
	}
	for i, r := range requests {
		frame, err := socket.EncodeReply(r, seeds)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(frame[14:len(frame)-8]))
	}
	f.Fuzz(func(t *testing.T, i uint8, body string) {
		op := ops[int(i)%len(ops)]
		_, _ = socket.DecodeReply(op, []byte(body)) // raw bytes: no panic
		reply, err := socket.DecodeReply(op, frameOf([]string{"2101", "2102", "2103", "2104", "2105"}[int(i)%len(ops)], body))
		if err != nil {
			if reply.Post.Outcome != mis.Unknown || reply.Reverse.Outcome != mis.Unknown {
				t.Fatalf("an outcome beside an error: %+v", reply)
			}
			return
		}
		if p := reply.Post; p.Outcome == mis.Done && (p.Amount <= 0 || p.ToArrears+p.ToAdvance != p.Amount) {
			t.Fatalf("done with %+v", p)
		}
		frame, err := socket.EncodeReply(mis.Request{Op: op, Account: reply.Query.Account.Number}, reply)
		if err != nil {
			return // GB18030 has shorter ways of writing a few characters
		}
		if back, err := socket.DecodeReply(op, frame); err != nil || !cmp.Equal(back, reply) {
			t.Fatalf("%v\n%s", err, cmp.Diff(reply, back))
		}
	})
}
