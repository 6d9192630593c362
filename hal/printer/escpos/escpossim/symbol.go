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

// barcode is GS k m data NUL or GS k m n data. All kinds are drawn as Code 128.
func (d *Device) barcode(a []byte) bool {
	if len(a) < 2 {
		return true
	}
	data := a[1:]
	if a[0] >= 65 {
		data = a[2:]
	} else {
		data = data[:len(data)-1]
	}
	if len(data) == 0 {
		return true
	}
	return d.put(element{
		kind: kindBarcode, align: d.mode.align, code: string(data),
		module: max(d.mode.barModule, 1), height: max(d.mode.barHeight, 1),
	})
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
