package dev.kq.pusher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class PushRecordTest {
    @Test
    void of_keepsNulls() {
        assertThat(PushRecord.of((String) null).to("t").value()).isNull();
        assertThat(PushRecord.of("v").to("t").key()).isNull();
        assertThat(PushRecord.of(null, "v").to("t").key()).isNull();
        assertThat(PushRecord.of("k", null).to("t").value()).isNull();
    }

    @Test
    void builder_laterChangesDoNotReachABuiltRecord() {
        PushRecord.Builder builder = PushRecord.builder().value("v").header("a", "1");
        PushRecord record = builder.build();

        builder.header("b", "2").value("w");

        assertThat(record.to("t").headers()).hasSize(1);
        assertThat(record.to("t").value()).containsExactly('v');
    }

    @Test
    void builder_refusesWhatKafkaWouldRefuse() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PushRecord.builder().partition(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PushRecord.builder().timestamp(Instant.EPOCH.minusMillis(1)))
                .withMessageContaining("1970");
    }
}
