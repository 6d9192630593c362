package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"

	"golang.org/x/net/html"
)

// partsHeader is how an open page says which parts it has: id=sum, set apart by spaces.
const partsHeader = "X-Parts"

// partsHad are the sums of the parts that an open page has, by their ids.
func partsHad(header string) map[string]string {
	had := map[string]string{}
	for _, field := range strings.Fields(header) {
		if id, sum, ok := strings.Cut(field, "="); ok {
			had[id] = sum
		}
	}

	return had
}

// livePart is an element with data-part while it is read.
type livePart struct {
	tag, id   string
	start     []byte
	rest      bytes.Buffer
	sum       hash.Hash
	depth     int
	timeOfAgo bool // within words that an open page keeps up to date by itself
}

// marked is content with the sum of each part in its data-part. Of the parts that had names
// with that sum only the empty element is left, marked data-same: what an open page fetches
// every few seconds is what changed. How long ago something was is not part of a sum.
func marked(content []byte, had map[string]string) []byte {
	var out bytes.Buffer
	var p *livePart
	z := html.NewTokenizer(bytes.NewReader(content))
	for {
		kind := z.Next()
		if kind == html.ErrorToken { // the end: what is read is whole in memory
			if p != nil {
				out.Write(p.start)
				out.Write(p.rest.Bytes())
			}

			return out.Bytes()
		}
		raw := bytes.Clone(z.Raw())
		if p == nil {
			if p = beginning(z, kind, raw); p == nil {
				out.Write(raw)
			}
			continue
		}
		if p.take(z, kind, raw) {
			p.end(&out, had)
			p = nil
		}
	}
}

// beginning is the part that a token begins, nil if it begins none.
func beginning(z *html.Tokenizer, kind html.TokenType, raw []byte) *livePart {
	if kind != html.StartTagToken {
		return nil
	}
	name, more := z.TagName()
	p := &livePart{tag: string(name), start: raw, sum: sha256.New(), depth: 1}
	is := false
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "data-part":
			is = true
		case "id":
			p.id = string(value)
		}
	}
	if !is {
		return nil
	}
	p.sum.Write(raw)

	return p
}

// take adds a token, and reports whether it ends the part.
func (p *livePart) take(z *html.Tokenizer, kind html.TokenType, raw []byte) bool {
	p.rest.Write(raw)
	if kind != html.TextToken || !p.timeOfAgo {
		p.sum.Write(raw)
	}
	if kind != html.StartTagToken && kind != html.EndTagToken {
		return false
	}
	name, _ := z.TagName()
	if string(name) == "time" {
		p.timeOfAgo = kind == html.StartTagToken && bytes.Contains(raw, []byte("data-ago"))
	}
	switch {
	case string(name) != p.tag:
	case kind == html.StartTagToken:
		p.depth++
	default:
		p.depth--
	}

	return p.depth == 0
}

func (p *livePart) end(out *bytes.Buffer, had map[string]string) {
	sum := hex.EncodeToString(p.sum.Sum(nil)[:8])
	same := had[p.id] == sum
	mark := ` data-part="` + sum + `"`
	if same {
		mark += " data-same"
	}
	out.Write(bytes.Replace(p.start, []byte(" data-part"), []byte(mark), 1))
	if same {
		out.WriteString("</" + p.tag + ">")
		return
	}
	out.Write(p.rest.Bytes())
}
