package soap

import (
	"fmt"
	"io"
	"mime"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Charset is the encoding of a text.
type Charset string

// The encodings that are written.
const (
	UTF8    Charset = "UTF-8"
	GB18030 Charset = "GB18030"
)

// encode turns UTF-8 into the encoding. Escapes are ASCII, so what it cannot hold stays
// escaped; GB18030 holds all of Unicode.
func (c Charset) encode(doc []byte) ([]byte, error) {
	if c != GB18030 {
		return doc, nil
	}
	out, err := simplifiedchinese.GB18030.NewEncoder().Bytes(doc)
	if err != nil {
		return nil, fmt.Errorf("cannot write the message in %s: %w", c, err)
	}

	return out, nil
}

// decoderOf is how to read an encoding; nil is as it is.
func decoderOf(label string) (*encoding.Decoder, error) {
	switch strings.ToLower(label) {
	case "", "utf-8", "utf8", "us-ascii":
		return nil, nil
	case "gb18030", "gbk", "gb2312", "cp936":
		return simplifiedchinese.GB18030.NewDecoder(), nil
	}

	return nil, fmt.Errorf("%w: encoding %.20q", ErrMalformed, label)
}

// charsetOf is the encoding that Content-Type names, empty for none.
func charsetOf(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}

	return params["charset"]
}

// decoded is r as UTF-8 where Content-Type says what it is, or r itself.
func decoded(r io.Reader, contentType string) (io.Reader, error) {
	d, err := decoderOf(charsetOf(contentType))
	if d == nil || err != nil {
		return r, err
	}

	return d.Reader(r), nil
}

// charsetReader serves the XML declaration: Content-Type comes first, and what it named is
// UTF-8 already.
func charsetReader(contentType string) func(string, io.Reader) (io.Reader, error) {
	named := charsetOf(contentType) != ""

	return func(label string, r io.Reader) (io.Reader, error) {
		if named {
			return r, nil
		}
		d, err := decoderOf(label)
		if d == nil || err != nil {
			return r, err
		}

		return d.Reader(r), nil
	}
}
