package escpossim

// Bounds of symbols.
const (
	maxModule = 16
	maxSymbol = 7089 // what the largest QR code holds
)

// symbol is GS ( k for QR codes; a is fn pL pH cn fn data.
func (d *Device) symbol(a []byte) bool {
	if len(a) < 5 || a[0] != 'k' || a[3] != '1' {
		return true
	}

	data := a[5:]
	switch a[4] {
	case 'C':
		if n := int(first(data)); n >= 1 && n <= maxModule {
			d.mode.qrModule = n
		}
	case 'E':
		if n := first(data); n >= '0' && n <= '3' {
			d.mode.qrLevel = n
		}
	case 'P':
		if len(data) > 1 && len(data) <= maxSymbol {
			d.qr = append(qrStore(nil), data[1:]...)
		}
	case 'Q':
		return d.printQR()
	}

	return true
}

func (d *Device) printQR() bool {
	if len(d.qr) == 0 {
		return true
	}
	e := element{
		kind: kindQR, align: d.mode.align, code: string(d.qr),
		module: d.mode.qrModule, level: d.mode.qrLevel,
	}
	e.height = 8 * e.module // as a blank square, if it cannot be encoded
	if m := e.qrMatrix(); m != nil {
		e.height = (len(m) + 2) * e.module
	}
	return d.put(e)
}

// Kinds of bar code, the m of GS k.
const (
	barCounted = 65 // from here on a count stands before the data
	barEAN13   = 2  // with 67: JAN13
	barCODE39  = 4  // with 69
	barCODE128 = 73
)

// barcode is GS k m data NUL or GS k m n data. As Epson's printers do, it prints nothing
// for data that the kind cannot hold: CODE 128 wants its code set selected first ("{B"),
// EAN-13 twelve or thirteen digits. EAN-13 and CODE 128 are drawn as such, every other
// kind as CODE 39.
func (d *Device) barcode(a []byte) bool {
	if len(a) < 2 {
		return true
	}

	kind, data := a[0], a[1:]
	if kind >= barCounted {
		data = a[2:]
	} else {
		data = data[:len(data)-1]
	}

	text, ok := barText(kind, data)
	if !ok || text == "" {
		return true
	}

	return d.put(element{
		kind: kindBarcode, align: d.mode.align, code: text, symbology: symbologyOf(kind),
		module: max(d.mode.barModule, 1), height: max(d.mode.barHeight, 1),
	})
}

// symbology is how a bar code is drawn.
type symbology int

const (
	code128Bars symbology = iota
	code39Bars
	eanBars
)

func symbologyOf(kind byte) symbology {
	switch kind {
	case barEAN13, barEAN13 + barCounted:
		return eanBars
	case barCODE128:
		return code128Bars
	}
	return code39Bars
}

// barText is what a bar code of a kind says; false if the kind cannot hold the data.
func barText(kind byte, data []byte) (text string, ok bool) {
	switch kind {
	case barCODE128:
		return code128Text(data)
	case barEAN13, barEAN13 + barCounted:
		for _, c := range data {
			ok = c >= '0' && c <= '9'
			if !ok {
				return "", false
			}
		}
		return string(data), len(data) == 12 || len(data) == 13
	}

	return string(data), true
}

// code128Text takes the selectors of the code sets out of the data of a CODE 128: "{A",
// "{B" and "{C" (whose bytes are pairs of digits), and "{{" for a brace.
func code128Text(data []byte) (text string, ok bool) {
	if len(data) < 2 || data[0] != '{' || data[1] < 'A' || data[1] > 'C' {
		return "", false
	}

	var out []byte
	set := byte('A')
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '{' && i+1 < len(data) && data[i+1] >= 'A' && data[i+1] <= 'C':
			set = data[i+1]
			i++
		case c == '{' && i+1 < len(data) && data[i+1] == '{':
			out = append(out, c)
			i++
		case c == '{':
			return "", false
		case set == 'C' && c > 99:
			return "", false
		case set == 'C':
			out = append(out, '0'+c/10, '0'+c%10)
		default:
			out = append(out, c)
		}
	}

	return string(out), true
}

// raster is GS v 0 m xL xH yL yH data.
func (d *Device) raster(a []byte) bool {
	if len(a) < 6 || a[0] != '0' {
		return true
	}

	row, rows := int(a[2])|int(a[3])<<8, int(a[4])|int(a[5])<<8
	if row == 0 || rows == 0 {
		return true
	}

	e := element{kind: kindRaster, align: d.mode.align, width: row * 8, scale: [2]int{1, 1}}
	e.scale[0] += int(a[1] & 1)
	e.scale[1] += int(a[1] >> 1 & 1)
	e.height = rows * e.scale[1]
	e.raster = append([]byte(nil), a[6:]...)
	return d.put(e)
}
