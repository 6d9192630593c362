// Command iso8583 writes the golden frames of payments/posp/iso8583. moov-io/iso8583
// packs MTI, bitmap and fields; TPDU, header and length stand before them by hand.
//
//	go -C .ci/peers run ./iso8583 > payments/posp/iso8583/testdata/golden.json
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	moov "github.com/moov-io/iso8583"
)

// Golden is one frame and what is in it. Fields that are binary are in hexadecimal.
type Golden struct {
	Name   string            `json:"name"`
	MTI    string            `json:"mti"`
	Fields map[string]string `json:"fields"`
	Frame  string            `json:"frame"`
}

// binary are the fields whose values are given in hexadecimal.
var binary = map[int]bool{52: true, 55: true, 62: true, 63: true, 64: true}

type fields map[int]string

const head = "6000030000" + "603100311903"

var cases = []struct {
	name, mti string
	fields    fields
}{
	{"sign-in", "0800", fields{
		11: "000001", 41: "10000001", 42: "105290073724601", 60: "00000001003",
		62: "53657175656e6365204e6f31323132333435363738", 63: "303031",
	}},
	{"sign-in answer", "0810", fields{
		11: "000001", 12: "093015", 13: "1126", 32: "01020304", 37: "260730000001", 39: "00", 41: "10000001", 42: "105290073724601",
		60: "00000001003", 62: strings.Repeat("0123456789abcdef", 7) + "00112233",
	}},
	{"sale by stripe", "0200", fields{
		2: "6222021234567890128", 3: "000000", 4: "000000012850", 11: "000002", 14: "3012", 22: "021", 25: "00", 26: "12",
		35: "6222021234567890128D30122010000012345", 36: "996222021234567890128D1561560000000000000003",
		41: "10000001", 42: "105290073724601", 49: "156", 52: "b91d020c871dffc1", 53: "2600000000000000",
		60: "22000001000500", 64: "3736364143454645",
	}},
	{"sale by chip", "0200", fields{
		2: "6222021234567890", 3: "000000", 4: "000000000101", 11: "000003", 14: "3012", 22: "051", 23: "001", 25: "00", 26: "12",
		35: "6222021234567890D3012201000001234", 41: "10000001", 42: "105290073724601", 49: "156", 52: "b91d020c871dffc1", 53: "2600000000000000",
		55: "9f2608" + "1122334455667788" + "9f2701809f100807010103a0b00201" + "9f3704deadbeef9f36020001950500000000009a032611269c01009f02060000000001015f2a02015682027c009f1a0201569f03060000000000009f3303e0e1c8",
		60: "220000010006", 64: "3132333435363738",
	}},
	{"sale answer", "0210", fields{
		2: "6222021234567890128", 3: "000000", 4: "000000012850", 11: "000002", 12: "093112", 13: "1126", 14: "3012", 15: "1127", 25: "00",
		32: "01020304", 37: "093112000002", 38: "A12345", 39: "00", 41: "10000001", 42: "105290073724601", 44: "01020000   01020000   ", 49: "156",
		60: "22000001000", 63: "435550cbcdd0c6", 64: "4131423243334434",
	}},
	{"balance answer", "0210", fields{
		3: "310000", 11: "000004", 12: "093200", 13: "1126", 37: "093200000004", 39: "00", 41: "10000001", 42: "105290073724601", 49: "156",
		54: "1002156C000000123456", 60: "01000001000", 64: "4131423243334434",
	}},
	{"reversal", "0400", fields{
		3: "000000", 4: "000000012850", 11: "000002", 22: "021", 25: "00", 39: "98", 41: "10000001", 42: "105290073724601", 49: "156",
		60: "22000001000500", 61: "0000010000021126", 64: "3030313132323333",
	}},
	{"reversal answer", "0410", fields{
		3: "000000", 4: "000000012850", 11: "000002", 12: "093500", 13: "1126", 37: "093500000002", 39: "25", 41: "10000001", 42: "105290073724601", 49: "156",
		60: "22000001000", 64: "3030313132323333",
	}},
	{"settlement", "0500", fields{
		11: "000005", 41: "10000001", 42: "105290073724601", 48: "0000000257000020000000001010010" + strings.Repeat("0", 31), 49: "156", 60: "00000001201", 63: "303031",
	}},
	{"upload", "0320", fields{
		11: "000006", 41: "10000001", 42: "105290073724601", 48: "01000000020622202000000000128000000012850", 60: "00000001201",
	}},
	{"certificate", "0320", fields{
		4: "000000012850", 11: "000007", 22: "051", 23: "001", 41: "10000001", 42: "105290073724601", 49: "156",
		55: "9f2608" + "8877665544332211" + "9f2701409f100807010103a0b00201" + "9f3704deadbeef9f36020001950500000000009a032611269c01009f02060000000128505f2a02015682027c009f1a0201569f03060000000000009f3303e0e1c8",
		60: "00000001203", 61: "0000010000021126", 64: "4131423243334434",
	}},
	{"certificate of a batch with equal totals", "0320", fields{
		4: "000000000001", 11: "000008", 22: "052", 41: "10000001", 42: "105290073724601", 49: "156",
		55: "9f26088877665544332211" + "9f270140", 60: "00000001205", 61: "0000010000021126", 64: "4131423243334434",
	}},
	{"notice of scripts", "0620", fields{
		3: "000000", 4: "000000012850", 11: "000009", 22: "051", 23: "001", 25: "00", 41: "10000001", 42: "105290073724601", 49: "156",
		55: "950500000000109f10080701010360b00201" + "df310a20000000011100000002", 60: "00000001951500", 61: "0000010000021126", 64: "4131423243334434",
	}},
}

func main() {
	var all []Golden
	for _, c := range cases {
		frame, err := pack(c.mti, c.fields)
		if err != nil {
			log.Fatalf("%s: %v", c.name, err)
		}
		g := Golden{c.name, c.mti, map[string]string{}, hex.EncodeToString(frame)}
		for f, v := range c.fields {
			g.Fields[fmt.Sprint(f)] = v
		}
		all = append(all, g)
	}

	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "\t")
	if err := out.Encode(all); err != nil {
		log.Fatal(err)
	}
}

// pack makes a whole frame.
func pack(mti string, fields fields) ([]byte, error) {
	m := moov.NewMessage(spec())
	m.MTI(mti)
	for f, v := range fields {
		value := []byte(v)
		if binary[f] {
			b, err := hex.DecodeString(v)
			if err != nil {
				return nil, err
			}
			value = b
		}
		if err := m.BinaryField(f, value); err != nil {
			return nil, fmt.Errorf("field %d: %w", f, err)
		}
	}
	body, err := m.Pack()
	if err != nil {
		return nil, err
	}

	before, err := hex.DecodeString(head)
	if err != nil {
		return nil, err
	}
	n := len(before) + len(body)
	return append(append([]byte{byte(n >> 8), byte(n)}, before...), body...), nil
}
