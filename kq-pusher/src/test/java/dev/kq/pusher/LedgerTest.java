package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kq.pusher.Ledger.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The checker itself must notice each way to break the promise. */
class LedgerTest {
    private final List<Entry> pushed =
            List.of(new Entry("a", 0), new Entry("b", 0), new Entry("a", 1), new Entry("a", 2), new Entry("b", 1));
    private final Set<Entry> acknowledged = new HashSet<>(pushed);
    private final List<Entry> read = new ArrayList<>(pushed);

    @Test
    void keptPromise_hasNoProblems() {
        assertThat(Ledger.problems(acknowledged, read)).isEmpty();
    }

    @Test
    void failedPush_mayBeThereOrNot() {
        acknowledged.remove(new Entry("a", 2));
        assertThat(Ledger.problems(acknowledged, read)).isEmpty();
        read.remove(new Entry("a", 2));
        assertThat(Ledger.problems(acknowledged, read)).isEmpty();
    }

    @Test
    void lostRecord_isFound() {
        read.remove(2);
        assertThat(Ledger.problems(acknowledged, read)).containsExactly("lost: Entry[key=a, number=1]");
    }

    @Test
    void doubledRecord_isFound() {
        read.add(4, new Entry("a", 2));
        assertThat(Ledger.problems(acknowledged, read)).containsExactly("2 times: Entry[key=a, number=2]");
    }

    @Test
    void swappedRecords_areFound() {
        Collections.swap(read, 2, 3);
        assertThat(Ledger.problems(acknowledged, read))
                .containsExactly("out of order: Entry[key=a, number=1] after number 2");
    }
}
