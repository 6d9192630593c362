package money

import "strings"

var (
	capitalDigits = [...]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}
	capitalPlaces = [...]string{"", "拾", "佰", "仟"}
	capitalGroups = [...]string{"", "万", "亿", "万亿"}
)

// Capital writes the amount in capital words as on Chinese bills:
// 128.50 is 壹佰贰拾捌元伍角整, 0 is 零元整. Negative amounts begin with 负.
func (a Amount) Capital() string {
	var b strings.Builder
	u := uint64(a)
	if a < 0 {
		b.WriteString("负")
		u = -u
	}
	yuan, jiao, fen := u/100, u/10%10, u%10
	if yuan > 0 || u == 0 {
		b.WriteString(capitalYuan(yuan))
		b.WriteString("元")
	}
	switch {
	case jiao == 0 && fen == 0:
		b.WriteString("整")
	case fen == 0:
		b.WriteString(capitalDigits[jiao] + "角整")
	case jiao == 0:
		if yuan > 0 {
			b.WriteString("零")
		}
		b.WriteString(capitalDigits[fen] + "分")
	default:
		b.WriteString(capitalDigits[jiao] + "角" + capitalDigits[fen] + "分")
	}
	return b.String()
}

// capitalYuan writes whole yuan by groups of four digits, with one 零 for any
// run of zeros between digits.
func capitalYuan(n uint64) string {
	if n == 0 {
		return capitalDigits[0]
	}
	var groups []uint64
	for ; n > 0; n /= 10000 {
		groups = append(groups, n%10000)
	}
	var b strings.Builder
	zero := false
	for i := len(groups) - 1; i >= 0; i-- {
		g := groups[i]
		if g == 0 {
			zero = b.Len() > 0
			continue
		}
		if b.Len() > 0 && (zero || g < 1000) {
			b.WriteString(capitalDigits[0])
		}
		zero = false
		b.WriteString(capitalGroup(g))
		if i < len(capitalGroups) {
			b.WriteString(capitalGroups[i])
		}
	}
	return b.String()
}

func capitalGroup(g uint64) string {
	var b strings.Builder
	zero := false
	for place, unit := 3, uint64(1000); place >= 0; place, unit = place-1, unit/10 {
		d := g / unit % 10
		if d == 0 {
			zero = b.Len() > 0
			continue
		}
		if zero {
			b.WriteString(capitalDigits[0])
			zero = false
		}
		b.WriteString(capitalDigits[d] + capitalPlaces[place])
	}
	return b.String()
}
