package main

import (
	"bytes"
	"encoding/hex"
	"testing"

	moov "github.com/moov-io/iso8583"

	ours "wattkiosk/payments/posp/iso8583"
)

// sale is the frame that both decode, read and encode again.
func sale(b *testing.B) []byte {
	b.Helper()
	for _, c := range cases {
		if c.name == "sale by stripe" {
			frame, err := pack(c.mti, c.fields)
			if err != nil {
				b.Fatal(err)
			}
			return frame
		}
	}
	b.Fatal("no sale")
	return nil
}

// BenchmarkSaleOurs decodes a sale, reads its fields, sets all of them in a second
// message and encodes that.
func BenchmarkSaleOurs(b *testing.B) {
	frame := sale(b)
	var in, out ours.Message
	var text, made []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := in.Decode(frame); err != nil {
			b.Fatal(err)
		}
		out.TPDU, out.Header = in.TPDU, in.Header
		out.Reset(in.MTI)
		for f := range in.Fields {
			text = in.AppendText(text[:0], f)
			out.SetBytes(f, text)
		}
		var err error
		if made, err = out.AppendFrame(made[:0]); err != nil {
			b.Fatal(err)
		}
	}
	if !bytes.Equal(made, frame) {
		b.Fatalf("made %x", made)
	}
}

// BenchmarkSaleMoov does the same; TPDU, header and length are not its work.
func BenchmarkSaleMoov(b *testing.B) {
	frame := sale(b)
	body := frame[2+len(head)/2:]
	s := spec()
	var made []byte
	b.ReportAllocs()
	for b.Loop() {
		in := moov.NewMessage(s)
		if err := in.Unpack(body); err != nil {
			b.Fatal(err)
		}
		out := moov.NewMessage(s)
		mti, err := in.GetMTI()
		if err != nil {
			b.Fatal(err)
		}
		out.MTI(mti)
		for _, f := range saleFields {
			v, err := in.GetBytes(f)
			if err != nil {
				b.Fatal(err)
			}
			if err := out.BinaryField(f, v); err != nil {
				b.Fatal(err)
			}
		}
		if made, err = out.Pack(); err != nil {
			b.Fatal(err)
		}
	}
	if !bytes.Equal(made, body) {
		b.Fatalf("made %s", hex.EncodeToString(made))
	}
}

// saleFields are the fields of the sale.
var saleFields = []int{2, 3, 4, 11, 14, 22, 25, 26, 35, 36, 41, 42, 49, 52, 53, 60, 64}
