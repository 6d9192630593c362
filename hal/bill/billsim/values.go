package billsim

import "slices"

// Used lists the values of a device's table that are more than 0, in its order.
func Used(table []int64) (values []int64) {
	for _, v := range table {
		if v > 0 {
			values = append(values, v)
		}
	}
	return values
}

// Index is the first entry of a device's table with the value fen; -1 if there is none.
func Index(table []int64, fen int64) int {
	if fen <= 0 {
		return -1
	}
	return slices.Index(table, fen)
}
