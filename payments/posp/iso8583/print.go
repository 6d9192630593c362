package iso8583

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

// String is the type and the fields, the hidden ones only by their length.
func (m Message) String() string {
	b := []byte(m.MTI.String())
	for f := range m.Fields {
		b = append(b, ' ')
		b = strconv.AppendUint(b, uint64(f), 10)
		b = append(b, '=')
		b = append(b, m.shown(f)...)
	}
	return string(b)
}

// GoString is String.
func (m Message) GoString() string { return m.String() }

// Format prints String for every verb: no verb looks into a message.
func (m Message) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, m.String()) }

// LogValue is String.
func (m Message) LogValue() slog.Value { return slog.StringValue(m.String()) }

// MarshalJSON is an object of the type and the fields, the hidden ones only by their
// length.
func (m Message) MarshalJSON() ([]byte, error) {
	o := map[string]string{"mti": m.MTI.String()}
	for f := range m.Fields {
		o[strconv.Itoa(int(f))] = m.shown(f)
	}
	return json.Marshal(o)
}

// shown is what may be seen of a field.
func (m *Message) shown(f Field) string {
	l := table[f]
	switch {
	case l.hidden:
		return fmt.Sprintf("hidden(%d)", m.Len(f))
	case l.content == binary:
		return fmt.Sprintf("%x", m.bytes(f))
	case l.content == raw:
		return strconv.QuoteToASCII(m.Text(f))
	}
	return m.Text(f)
}
