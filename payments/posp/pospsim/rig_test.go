package pospsim_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
	"wattkiosk/payments/posp/pospsim"
)

// client speaks to a bank field by field, as no terminal of ours would have to.
type client struct {
	t        *testing.T
	send     func(frame []byte) []byte // nil where no answer comes
	terminal pospsim.Terminal
	mac      mac.Maker
	pin      cipher.Block
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func newBank(cfg pospsim.Config) *pospsim.Bank {
	cfg.Now = func() time.Time { return noon }
	return pospsim.New(cfg)
}

func connect(t *testing.T, b *pospsim.Bank) *client {
	c := &client{t: t, terminal: pospsim.LabTerminal(), send: func(frame []byte) []byte {
		replies := b.Handle(frame)
		if len(replies) == 0 {
			return nil
		}
		return replies[0].Frame
	}}
	c.signIn("003")
	return c
}

// frame builds a sealed frame, or an open one for management messages. The fields of
// every message are added.
func (c *client) frame(mti iso8583.MTI, fields map[int]string) []byte {
	c.t.Helper()
	m := iso8583.Message{TPDU: iso8583.TPDU{0x60, 1, 2, 3, 4}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3}}
	m.Reset(mti)
	all := map[int]string{41: c.terminal.ID, 42: c.terminal.Merchant}
	maps.Copy(all, fields)
	for _, f := range slices.Sorted(maps.Keys(all)) {
		m.SetText(iso8583.Field(f), all[f])
	}
	sealed := mti>>8 != 0x08
	if sealed {
		m.ReserveMAC()
	}
	frame, err := m.AppendFrame(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if sealed && c.mac != nil {
		code, err := c.mac.MAC(frame[13 : len(frame)-8])
		if err != nil {
			c.t.Fatal(err)
		}
		copy(frame[len(frame)-8:], code[:])
	}
	return frame
}

// ask sends a message and reads the answer.
func (c *client) ask(mti iso8583.MTI, fields map[int]string) *iso8583.Message {
	c.t.Helper()
	frame := c.send(c.frame(mti, fields))
	var m iso8583.Message
	if err := m.Decode(frame); err != nil {
		c.t.Fatalf("answer to %v: %v", mti, err)
	}
	if m.TPDU != (iso8583.TPDU{0x60, 3, 4, 1, 2}) || m.MTI != mti.Answer() {
		c.t.Errorf("TPDU %x, MTI %v", m.TPDU, m.MTI)
	}
	return &m
}

// code is the response code of a message.
func (c *client) code(mti iso8583.MTI, fields map[int]string) string {
	c.t.Helper()
	return c.ask(mti, fields).Text(iso8583.Response)
}

func (c *client) signIn(scheme string) *iso8583.Message {
	c.t.Helper()
	m := c.ask(0x0800, map[int]string{11: "000001", 60: "00000001" + scheme, 62: "Sequence No", 63: "001"})
	if m.Text(iso8583.Response) != "00" {
		return m
	}
	keys := m.Bytes(iso8583.Keys)
	pinLen := 16
	if len(keys) == 24 {
		pinLen = 8
	}
	pin := c.unwrap(keys[:pinLen], keys[pinLen:pinLen+4])
	code := keys[pinLen+4 : 2*pinLen+4]
	check := keys[2*pinLen+4 : 2*pinLen+8]
	if pinLen == 16 && bytes.Equal(code[8:], make([]byte, 8)) {
		code = code[:8]
	}
	maker, err := mac.New(mac.MethodUnionPay, c.unwrap(code, check))
	if err != nil {
		c.t.Fatal(err)
	}
	c.mac = maker
	c.pin = triple(c.t, pin)
	return m
}

// unwrap decrypts a key and compares its check value.
func (c *client) unwrap(data, check []byte) []byte {
	c.t.Helper()
	master := triple(c.t, c.terminal.Master[:])
	key := make([]byte, len(data))
	for i := 0; i < len(data); i += des.BlockSize {
		master.Decrypt(key[i:], data[i:])
	}
	var zeros [8]byte
	triple(c.t, key).Encrypt(zeros[:], zeros[:])
	if !bytes.Equal(zeros[:4], check) {
		c.t.Errorf("check value %x, want %x", zeros[:4], check)
	}
	return key
}

func triple(t *testing.T, key []byte) cipher.Block {
	t.Helper()
	whole := slices.Concat(key, key, key)
	if len(key) == 16 {
		whole = slices.Concat(key, key[:8])
	}
	b, err := des.NewTripleDESCipher(whole[:24])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// block is an encrypted PIN block of format 0.
func (c *client) block(pin, pan string) string {
	clear, err := hex.DecodeString(fmt.Sprintf("%02d%s", len(pin), pin+strings.Repeat("f", 14-len(pin))))
	if err != nil {
		c.t.Fatal(err)
	}
	account, err := hex.DecodeString("0000" + pan[len(pan)-13:len(pan)-1])
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range clear {
		clear[i] ^= account[i]
	}
	c.pin.Encrypt(clear, clear)
	return string(clear)
}

const (
	bank1 = "6225880000000019"
	bank2 = "6225880000000000028"
	bank3 = "6225880000000035"
)

// sale are the fields of a sale with the right PIN.
func (c *client) sale(trace, pan, amount string) map[int]string {
	return map[int]string{
		2: pan, 3: "000000", 4: amount, 11: trace, 14: "3512", 22: "051", 25: "00", 26: "12", 49: "156", 52: c.block("123456", pan),
		53: "2600000000000000", 60: "2200000100050",
	}
}

func reversal(trace, amount string) map[int]string {
	return map[int]string{3: "000000", 4: amount, 11: trace, 22: "051", 25: "00", 39: "98", 49: "156", 60: "2200000100050", 61: "000001" + trace + "0000"}
}

func with(fields map[int]string, more map[int]string) map[int]string {
	all := maps.Clone(fields)
	maps.Copy(all, more)
	for f, v := range all {
		if v == "" {
			delete(all, f)
		}
	}
	return all
}
