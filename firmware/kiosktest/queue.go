package kiosktest

import (
	"container/heap"
	"time"
)

// queue runs callbacks in the order of their time; equal times in the order of
// their insertion, so that a run is deterministic.
type queue struct {
	items itemHeap
	n     uint64
}

type item struct {
	at time.Time
	n  uint64
	do func()
}

type itemHeap []item

func (h itemHeap) Len() int { return len(h) }
func (h itemHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].n < h[j].n
	}
	return h[i].at.Before(h[j].at)
}
func (h itemHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *itemHeap) Push(x any)   { *h = append(*h, x.(item)) }
func (h *itemHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = item{}
	*h = old[:len(old)-1]
	return x
}

func (q *queue) at(t time.Time, do func()) {
	q.n++
	heap.Push(&q.items, item{t, q.n, do})
}

func (q *queue) next() time.Time {
	if len(q.items) == 0 {
		return time.Time{}
	}
	return q.items[0].at
}

func (q *queue) pop() func() { return heap.Pop(&q.items).(item).do }
