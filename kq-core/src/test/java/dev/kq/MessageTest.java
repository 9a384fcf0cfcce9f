package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class MessageTest {
    private final ConsumerRecord<byte[], byte[]> record = Records.record(Bench.T0, 42, "k", "v");
    private final Message message = new Message(record, 1);

    @Test
    void header_isTheLastOfItsNameAsText() {
        record.headers().add("reason", "first".getBytes(StandardCharsets.UTF_8));
        record.headers().add("reason", "zwölf".getBytes(StandardCharsets.UTF_8));

        assertThat(message.header("reason")).isEqualTo("zwölf");
    }

    @Test
    void header_thatIsNotThere_orHasNoValue_isNull() {
        record.headers().add("empty", null);

        assertThat(message.header("reason")).isNull();
        assertThat(message.header("empty")).isNull();
    }

    @Test
    void header_thatIsNoText_isSaidByName_andIsThereAsBytes() {
        byte[] bytes = {(byte) 0xc3, 0x28};
        record.headers().add("id", bytes);

        assertThatThrownBy(() -> message.header("id"))
                .isInstanceOf(NonRetryable.class)
                .hasMessageContaining("header id is not UTF-8");
        assertThat(message.headers().lastHeader("id").value()).isSameAs(bytes);
    }
}
