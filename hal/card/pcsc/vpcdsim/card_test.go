package vpcdsim_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc/vpcdsim"
)

// counted is a chip that counts its resets.
type counted struct {
	cardsim.Script
	cold, warm, offs int
}

func (c *counted) Reset(warm bool) []byte {
	if warm {
		c.warm++
	} else {
		c.cold++
	}
	return c.Script.Reset(warm)
}

func (c *counted) PowerOff() { c.offs++; c.Script.PowerOff() }

// slot plays vpcd: a listener that a card connects to.
func slot(t *testing.T, chip cardsim.Processor) (net.Conn, *vpcdsim.Card) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := vpcdsim.Insert(t.Context(), l.Addr().String(), chip)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, c
}

func TestMessages(t *testing.T) {
	chip := &counted{Script: cardsim.Script{ATR: atr(), Answer: func(apdu []byte) []byte { return append(apdu[:1:1], 0x90, 0) }}}
	conn, c := slot(t, chip)
	atr := []byte{0, 9, 0x3B, 0x65, 0, 0, 0x20, 0x63, 0xCB, 0x6A, 0}
	for _, tt := range []struct{ send, want []byte }{
		{[]byte{0, 1, 4}, atr},                   // before the power is on
		{[]byte{0, 1, 1, 0, 1, 4, 0, 1, 4}, atr}, // on; asked twice
		{nil, atr},                               // the second answer
		{[]byte{0, 5, 7, 0, 0, 0, 0}, []byte{0, 3, 7, 0x90, 0}},
		{[]byte{0, 1, 2, 0, 1, 0, 0, 1, 4}, atr}, // reset, off
	} {
		if _, err := conn.Write(tt.send); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(tt.want))
		if _, err := io.ReadFull(conn, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, tt.want) {
			t.Errorf("% X: % X, want % X", tt.send, got, tt.want)
		}
	}
	if err := c.Pull(); err != nil {
		t.Error(err)
	}
	if chip.cold != 2 || chip.warm != 1 || chip.offs != 3 {
		t.Errorf("%d cold and %d warm resets, %d times off, want 2, 1 and 3", chip.cold, chip.warm, chip.offs)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the slot is not empty")
	}
}

// counter is a chip that counts the APDUs it answered.
func counter(n *int) cardsim.Processor {
	return &cardsim.Script{ATR: atr(), Answer: func([]byte) []byte { *n++; return []byte{0x90, 0} }}
}

func atr() []byte { return []byte{0x3B, 0x65, 0, 0, 0x20, 0x63, 0xCB, 0x6A, 0} }

func TestFunctionsPull(t *testing.T) {
	for _, early := range []bool{true, false} {
		worked := 0
		conn, c := slot(t, counter(&worked))
		if early {
			c.Before(func([]byte) bool { return false })
		} else {
			c.After(func([]byte) bool { return false })
		}
		if _, err := conn.Write([]byte{0, 1, 1, 0, 5, 0, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a pulled card answered")
		}
		<-c.Gone()
		if err := c.Pull(); err != nil {
			t.Error(err)
		}
		if want := map[bool]int{true: 0, false: 1}[early]; worked != want {
			t.Errorf("early %v: worked %d times", early, worked)
		}
	}
}
