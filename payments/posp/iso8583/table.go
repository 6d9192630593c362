package iso8583

import "fmt"

// Field is the number of a field, which is the number of its bit.
type Field uint8

// The fields.
const (
	PAN            Field = 2
	ProcessingCode Field = 3
	Amount         Field = 4
	Trace          Field = 11
	LocalTime      Field = 12 // hhmmss
	LocalDate      Field = 13 // MMDD
	Expiry         Field = 14 // YYMM
	SettlementDate Field = 15 // MMDD
	EntryMode      Field = 22
	CardSequence   Field = 23
	Condition      Field = 25
	PINLength      Field = 26 // the longest PIN that the terminal takes
	Acquirer       Field = 32
	Track2         Field = 35
	Track3         Field = 36
	Reference      Field = 37
	AuthCode       Field = 38
	Response       Field = 39
	Terminal       Field = 41
	Merchant       Field = 42
	ExtraResponse  Field = 44
	Track1         Field = 45
	Totals         Field = 48
	Currency       Field = 49
	PINBlock       Field = 52
	Security       Field = 53
	Balance        Field = 54
	Chip           Field = 55 // BER-TLV
	Private57      Field = 57
	Private58      Field = 58
	Private59      Field = 59
	Kind           Field = 60 // type, batch, network management code
	Original       Field = 61 // batch, trace, date
	Keys           Field = 62
	Operator       Field = 63
	MAC            Field = 64

	// Booking is field 62 of a sale: the account that the bank is to book it to.
	Booking = Keys
)

const last = 64

// content is what a field is made of.
type content uint8

const (
	digits content = iota + 1 // two in a byte
	track                     // digits and the separator D, two in a byte
	text                      // printable ASCII
	raw                       // text in the bytes that came, GBK for one
	binary
)

// layout is how a field stands in a frame. The zero layout is no field.
type layout struct {
	name    string
	content content
	prefix  int    // bytes of the length prefix; 0 is a fixed length
	length  uint16 // of the field, or the most it may have: digits or bytes
	hidden  bool   // never printed
	right   bool   // an odd number of digits has its pad at the left
}

// table is every field that these messages know.
var table = [last + 1]layout{
	PAN:            {name: "card number", content: digits, prefix: 1, length: 19, hidden: true},
	ProcessingCode: {name: "processing code", content: digits, length: 6},
	Amount:         {name: "amount", content: digits, length: 12},
	Trace:          {name: "trace", content: digits, length: 6},
	LocalTime:      {name: "local time", content: digits, length: 6},
	LocalDate:      {name: "local date", content: digits, length: 4},
	Expiry:         {name: "expiry", content: digits, length: 4, hidden: true},
	SettlementDate: {name: "settlement date", content: digits, length: 4},
	EntryMode:      {name: "entry mode", content: digits, length: 3},
	CardSequence:   {name: "card sequence", content: digits, length: 3, right: true},
	Condition:      {name: "condition", content: digits, length: 2},
	PINLength:      {name: "PIN length", content: digits, length: 2},
	Acquirer:       {name: "acquirer", content: digits, prefix: 1, length: 11},
	Track2:         {name: "track 2", content: track, prefix: 1, length: 37, hidden: true},
	Track3:         {name: "track 3", content: track, prefix: 2, length: 104, hidden: true},
	Reference:      {name: "reference", content: text, length: 12},
	AuthCode:       {name: "authorisation code", content: text, length: 6},
	Response:       {name: "response", content: text, length: 2},
	Terminal:       {name: "terminal", content: text, length: 8},
	Merchant:       {name: "merchant", content: text, length: 15},
	ExtraResponse:  {name: "extra response", content: raw, prefix: 1, length: 25},
	Track1:         {name: "track 1", content: text, prefix: 1, length: 76, hidden: true},
	Totals:         {name: "totals", content: digits, prefix: 2, length: 322, hidden: true}, // an upload has card numbers in it
	Currency:       {name: "currency", content: text, length: 3},
	PINBlock:       {name: "PIN block", content: binary, length: 8, hidden: true},
	Security:       {name: "security control", content: digits, length: 16},
	Balance:        {name: "balance", content: text, prefix: 2, length: 20, hidden: true},
	Chip:           {name: "chip data", content: binary, prefix: 2, length: 255, hidden: true},
	Private57:      {name: "private 57", content: raw, prefix: 2, length: 100, hidden: true},
	Private58:      {name: "private 58", content: raw, prefix: 2, length: 100, hidden: true},
	Private59:      {name: "private 59", content: raw, prefix: 2, length: 600, hidden: true},
	Kind:           {name: "kind", content: digits, prefix: 2, length: 19},
	Original:       {name: "original", content: digits, prefix: 2, length: 29},
	Keys:           {name: "keys", content: binary, prefix: 2, length: 512, hidden: true},
	Operator:       {name: "operator", content: raw, prefix: 2, length: 163},
	MAC:            {name: "MAC", content: binary, length: 8},
}

// String is the number and the name.
func (f Field) String() string {
	if l := f.layout(); l.content != 0 {
		return fmt.Sprintf("%d (%s)", uint8(f), l.name)
	}
	return fmt.Sprint(uint8(f))
}

// Hidden reports whether the field is never printed.
func (f Field) Hidden() bool { return f.layout().hidden }

func (f Field) layout() layout {
	if f > last {
		return layout{}
	}
	return table[f]
}

// bytes is how many bytes n units of the field take.
func (l layout) bytes(n uint16) uint16 {
	if l.content == digits || l.content == track {
		return (n + 1) / 2
	}
	return n
}
