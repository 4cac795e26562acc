// How far the hook's topic was read, and how far it goes. Argument: answer file (JSON).
import groovy.json.JsonOutput
import org.apache.atlas.ApplicationProperties
import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.common.TopicPartition

def conf = ApplicationProperties.get()
def settings = new Properties()
settings['bootstrap.servers'] = conf.getString('atlas.kafka.bootstrap.servers')
settings['group.id'] = conf.getString('atlas.kafka.hook.group.id')
settings['key.deserializer'] = settings['value.deserializer'] = 'org.apache.kafka.common.serialization.StringDeserializer'
def consumer = new KafkaConsumer(settings)
def topic = new TopicPartition('ATLAS_HOOK', 0)
def read = consumer.committed(topic)?.offset() ?: 0
new File(args[0]).text = JsonOutput.toJson([read: read, end: consumer.endOffsets([topic])[topic]])
System.exit(0)
