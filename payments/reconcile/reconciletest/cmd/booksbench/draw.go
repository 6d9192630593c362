package main

import (
	"bytes"
	"fmt"
	"math"
)

// The picture, in its own units: two panels beside each other.
const (
	panelWidth, panelHeight = 400, 230
	left, top, below, gap   = 62, 40, 48, 40
)

// panel is a value by the number of rows.
type panel struct {
	title, unit string
	most        float64 // of the axis
	of          func(figures) float64
}

// draw is the cost of a row and the peak of memory by size, as SVG.
func draw(points []figures) []byte {
	var b bytes.Buffer
	width, height := 2*(left+panelWidth)+gap, top+panelHeight+below
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12" fill="#1b2733">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for i, p := range []panel{
		{title: "CPU time of a row", unit: "ns", of: figures.nanos},
		{title: "Peak memory (at most 300 MB is meant)", unit: "MB", most: 300, of: func(f figures) float64 { return float64(f.PeakMB) }},
	} {
		p.draw(&b, left+i*(left+panelWidth+gap/2), points)
	}
	b.WriteString("</svg>\n")

	return b.Bytes()
}

func (p panel) draw(b *bytes.Buffer, x0 int, points []figures) {
	for _, f := range points {
		p.most = max(p.most, 1.1*p.of(f)) // with room for what stands above a point
	}
	step := math.Pow(10, math.Floor(math.Log10(p.most)))
	if p.most/step < 5 {
		step /= 2
	}
	p.most = math.Ceil(p.most/step) * step

	fmt.Fprintf(b, `<text x="%d" y="22" font-size="14" font-weight="bold">%s</text>`+"\n", x0, p.title)
	for v := 0.0; v <= p.most; v += step {
		y := p.y(v)
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="#d8dee4"/><text x="%d" y="%.1f" text-anchor="end">%.0f %s</text>`+"\n", x0, y, x0+panelWidth, x0-6, y+4, v, p.unit)
	}
	first, last := math.Log10(float64(points[0].Rows)), math.Log10(float64(points[len(points)-1].Rows))
	at := func(rows float64) float64 {
		return float64(x0) + 12 + (math.Log10(rows)-first)/max(last-first, 1e-9)*(panelWidth-24)
	}
	for e := math.Ceil(first - 0.01); e <= last; e++ {
		x := at(math.Pow(10, e))
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, top+panelHeight+18, grouped(int64(math.Pow(10, e))))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="#57606a">rows, three books together</text>`+"\n", x0+panelWidth/2, top+panelHeight+36)

	var line bytes.Buffer
	for i, f := range points {
		fmt.Fprintf(&line, "%s%.1f %.1f", []string{"M", "L"}[min(i, 1)], at(float64(f.Rows)), p.y(p.of(f)))
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="#0b5d57" stroke-width="2"/>`+"\n", line.String())
	for i, f := range points {
		x, y := at(float64(f.Rows)), p.y(p.of(f))
		anchor := "middle"
		if i == 0 {
			anchor = "start"
		} else if i == len(points)-1 {
			anchor = "end"
		}
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="#0b5d57"/><text x="%.1f" y="%.1f" text-anchor="%s">%.0f</text>`+"\n", x, y, x, y-9, anchor, p.of(f))
	}
}

// y is where a value stands.
func (p panel) y(v float64) float64 { return top + panelHeight*(1-v/p.most) }
