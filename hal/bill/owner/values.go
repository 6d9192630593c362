package owner

import "slices"

// Wanted says whether a note of value is one of values, as bill.Enable has them: empty
// values are all that the device has. Value 0 stands for an entry of a device's table
// that is not used or not of our currency, and is never wanted.
func Wanted(value int64, values []int64) bool {
	return value > 0 && (len(values) == 0 || slices.Contains(values, value))
}

// Distinct lists the values of a device's table, each once, in its order.
func Distinct(table []int64) (values []int64) {
	for _, v := range table {
		if v > 0 && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}
