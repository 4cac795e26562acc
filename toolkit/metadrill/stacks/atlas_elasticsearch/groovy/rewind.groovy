// Set back how far the hook's topic was read. Arguments: offset, answer file (JSON).
// Atlas is stopped: its broker is started alone for it, since the group must have no member.
import groovy.json.JsonOutput
import org.apache.atlas.ApplicationProperties
import org.apache.atlas.kafka.EmbeddedKafkaServer
import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.clients.consumer.OffsetAndMetadata
import org.apache.kafka.common.TopicPartition

def conf = ApplicationProperties.get()
def server = new EmbeddedKafkaServer(conf)
server.start()
def settings = new Properties()
settings['bootstrap.servers'] = conf.getString('atlas.kafka.bootstrap.servers')
settings['group.id'] = conf.getString('atlas.kafka.hook.group.id')
settings['enable.auto.commit'] = 'false'
settings['key.deserializer'] = settings['value.deserializer'] = 'org.apache.kafka.common.serialization.StringDeserializer'
def consumer = new KafkaConsumer(settings)
def topic = new TopicPartition('ATLAS_HOOK', 0)
consumer.assign([topic])
def was = consumer.committed(topic)?.offset() ?: 0
consumer.commitSync([(topic): new OffsetAndMetadata(args[0] as long)])
def now = consumer.committed(topic).offset()
consumer.close()
server.stop()
new File(args[1]).text = JsonOutput.toJson([was: was, now: now])
System.exit(0)
