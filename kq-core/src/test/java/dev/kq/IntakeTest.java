package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Ten records are full, forty ready ones in all partitions are enough. */
class IntakeTest {
    private final FlowControl flow = new FlowControl(10, 1000, 40);
    private final Intake intake = open();
    private final Intake other = open();

    @Test
    void fullPartition_isStoppedUntilItIsHalfEmpty() {
        assertThat(intake.isStopped(9, 0, 0)).isFalse();
        assertThat(intake.isStopped(10, 0, 0)).isTrue();
        assertThat(intake.isStopped(6, 0, 0)).isTrue();
        assertThat(intake.starts(6, 0, 0)).isFalse();

        assertThat(intake.starts(5, 0, 0)).isTrue();
        assertThat(intake.isStopped(9, 0, 0)).isFalse();
    }

    @Test
    void halfEmpty_isSeenByTheNextLookToo() {
        assertThat(intake.isStopped(10, 0, 0)).isTrue();

        assertThat(intake.isStopped(5, 0, 0)).isFalse();
        assertThat(intake.isStopped(9, 0, 0)).isFalse();
    }

    @Test
    void partitionThatWasNotStopped_doesNotStart() {
        assertThat(intake.starts(0, 0, 0)).isFalse();
        intake.isStopped(10, 0, 0);
        assertThat(intake.starts(0, 0, 0)).isTrue();
        assertThat(intake.starts(0, 0, 0)).as("it has").isFalse();
    }

    @Test
    void enoughElsewhere_stopsAPartitionWithReadyRecords_andLetsItGoOnWithHalfOfThat() {
        other.ready(39);
        intake.ready(1);
        assertThat(intake.isStopped(1, 0, 0)).isTrue();

        other.ready(20);
        assertThat(intake.isStopped(1, 0, 0)).as("a look changes nothing").isTrue();
        assertThat(intake.starts(1, 0, 0)).isFalse();
        other.ready(19);
        assertThat(intake.starts(1, 0, 0)).isTrue();
        other.ready(38);
        assertThat(intake.isStopped(1, 0, 0)).as("not enough yet").isFalse();
    }

    @Test
    void halfOfEnough_isSeenByTheNextLookToo() {
        other.ready(39);
        intake.ready(1);
        assertThat(intake.isStopped(1, 0, 0)).isTrue();
        other.ready(19);

        assertThat(intake.isStopped(1, 0, 0)).isFalse();
    }

    @Test
    void partitionWithNothingReady_goesOnWhateverThereIsElsewhere() {
        other.ready(1000);
        intake.ready(1);
        assertThat(intake.isStopped(1, 0, 0)).isTrue();
        assertThat(intake.isLow()).isFalse();
        intake.ready(0);

        assertThat(intake.isLow()).isTrue();
        assertThat(intake.starts(1, 0, 0)).isTrue();
    }

    @Test
    void partitionThatIsFullAndHasEnough_isStoppedUntilBothAreOver() {
        intake.ready(40);
        assertThat(intake.isStopped(10, 0, 0)).isTrue();

        assertThat(intake.starts(5, 0, 0)).as("there is enough").isFalse();
        intake.ready(20);
        assertThat(intake.starts(5, 0, 0)).isTrue();

        intake.ready(40);
        assertThat(intake.isStopped(10, 0, 0)).isTrue();
        intake.ready(0);
        assertThat(intake.starts(6, 0, 0)).as("it is full").isFalse();
        assertThat(intake.starts(5, 0, 0)).isTrue();
    }

    @Test
    void halfOfABytesShare_isPerOpenPartition() {
        assertThat(intake.isStopped(1, 499, 0)).isFalse();
        assertThat(intake.isStopped(1, 500, 0)).isTrue();
        other.close();

        assertThat(intake.starts(1, 500, 0)).as("all bytes are its own now").isTrue();
    }

    @Test
    void ready_tellsTheQueueWhatHasChanged() {
        intake.ready(7);
        intake.ready(7);
        other.ready(5);
        assertThat(flow.ready()).isEqualTo(12);
        intake.ready(0);

        assertThat(flow.ready()).isEqualTo(5);
    }

    @Test
    void newAssignment_isFetched() {
        intake.ready(40);
        assertThat(intake.isStopped(10, 0, 0)).isTrue();
        intake.ready(0);
        intake.close();
        intake.open();

        assertThat(intake.isStopped(9, 0, 0)).isFalse();
    }

    private Intake open() {
        Intake opened = new Intake(flow);
        opened.open();
        return opened;
    }
}
