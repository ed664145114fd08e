package abci

// lru is a bounded map that forgets what was used least recently. It is not safe for concurrent use. A slice holds the
// list, so that a full cache makes no garbage.
type lru struct {
	capacity   int
	index      map[[32]byte]int32
	nodes      []lruNode
	head, tail int32
	free       []int32
}

type lruNode struct {
	key        [32]byte
	value      verdict
	prev, next int32
}

// nowhere ends the list.
const nowhere int32 = -1

func newLRU(capacity int) lru {
	return lru{capacity: capacity, index: make(map[[32]byte]int32), head: nowhere, tail: nowhere}
}

func (l *lru) len() int { return len(l.index) }

func (l *lru) get(key [32]byte) (verdict, bool) {
	i, ok := l.index[key]
	if !ok {
		return verdict{}, false
	}
	l.unlink(i)
	l.pushFront(i)
	return l.nodes[i].value, true
}

func (l *lru) put(key [32]byte, v verdict) {
	if i, ok := l.index[key]; ok {
		l.nodes[i].value = v
		l.unlink(i)
		l.pushFront(i)
		return
	}
	if len(l.index) >= l.capacity {
		l.remove(l.nodes[l.tail].key)
	}
	i := l.slot()
	l.nodes[i] = lruNode{key: key, value: v}
	l.index[key] = i
	l.pushFront(i)
}

func (l *lru) remove(key [32]byte) {
	i, ok := l.index[key]
	if !ok {
		return
	}
	l.unlink(i)
	delete(l.index, key)
	l.nodes[i] = lruNode{}
	l.free = append(l.free, i)
}

func (l *lru) slot() int32 {
	if n := len(l.free); n > 0 {
		i := l.free[n-1]
		l.free = l.free[:n-1]
		return i
	}
	l.nodes = append(l.nodes, lruNode{})
	return int32(len(l.nodes) - 1)
}

func (l *lru) pushFront(i int32) {
	l.nodes[i].prev, l.nodes[i].next = nowhere, l.head
	if l.head != nowhere {
		l.nodes[l.head].prev = i
	}
	l.head = i
	if l.tail == nowhere {
		l.tail = i
	}
}

func (l *lru) unlink(i int32) {
	n := l.nodes[i]
	if n.prev == nowhere {
		l.head = n.next
	} else {
		l.nodes[n.prev].next = n.next
	}
	if n.next == nowhere {
		l.tail = n.prev
	} else {
		l.nodes[n.next].prev = n.prev
	}
}
